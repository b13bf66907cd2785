import { uninstalled } from '@normlayers/catalogue/node';
import { CommandError } from '../../../command-error';

/** Loads a framework. @throws CommandError `environment` where it is not installed, with what to install. */
export async function installed<T>(
  family: 'onnxruntime-web' | 'tfjs',
  backend: string,
  load: () => Promise<T>,
): Promise<T> {
  const lacking = uninstalled({ family, name: `${family}/${backend}` });
  if (lacking !== null) throw new CommandError('environment', `${lacking}: it runs the model.`);
  return load();
}
