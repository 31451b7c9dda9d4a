import { fileURLToPath } from 'node:url';

/** Folder of the migrations, with a separator at its end. Found from a file directly in `src`: see docs/adr/0042. */
export const migrationsFolder: string = fileURLToPath(new URL('../migrations/', import.meta.url));
