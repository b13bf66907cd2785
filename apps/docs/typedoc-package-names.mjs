// Names the modules of the reference after their packages: core, not core/src.
import { Converter } from 'typedoc';

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const module of project.children ?? []) module.name = module.name.replace(/\/src$/, '');
  });
}
