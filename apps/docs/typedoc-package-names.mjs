// Names the modules of the reference as they are imported: core and core/weights, not core/src and core/src/weights.
import { Converter } from 'typedoc';

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const module of project.children ?? []) module.name = module.name.replace('/src', '');
  });
}
