import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the set-up puts on this machine beside node_modules; ignored by git. */
export const toolsHome = join(root, '.tools');
