// In `src` itself, as the build's files lie in `dist` itself: from both, the package's other files are found alike.
import { fileURLToPath } from 'node:url';

/** Folder of the migrations, with a slash at its end. */
export const migrationsFolder: string = fileURLToPath(new URL('../migrations/', import.meta.url));

/** The script of the scanner's thread; in a checkout the sources run as they are. */
export const scanWorker: URL = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js',
  import.meta.url,
);
