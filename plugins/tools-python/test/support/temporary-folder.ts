import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Until its end, what this process makes in the temporary folder is in one of its own: other tests use the machine's. */
export function ownTemporaryFolder(): { readonly folder: string; end(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-test-'));
  chmodSync(folder, 0o755); // other users pass through it
  const usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return {
    folder,
    end() {
      if (usual === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = usual;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
