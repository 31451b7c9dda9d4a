import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Entry {
  readonly resolved?: string;
  readonly link?: boolean;
  /** It comes inside the tarball of another package, whose hash covers it; npm does not fetch it. */
  readonly inBundle?: boolean;
  readonly integrity?: string;
  readonly optionalDependencies?: Record<string, string>;
}

for (const file of ['package-lock.json', 'tools/node/package-lock.json']) {
  describe(file, () => {
    const lock: { packages: Record<string, Entry> } = JSON.parse(
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
    );
    const packages = Object.fromEntries(
      Object.entries(lock.packages).filter(([, { inBundle }]) => !inBundle),
    );
    const fromRegistry = Object.entries(packages).filter(
      ([path, { link }]) => path.includes('node_modules/') && !link,
    );

    it('names no registry, so that each machine uses its own', () => {
      assert.deepEqual(
        fromRegistry.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
        [],
      );
    });

    it('pins the content of every package', () => {
      assert.deepEqual(
        fromRegistry.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
        [],
      );
    });

    it('holds the optional packages of every platform, without which npm ci refuses it', () => {
      const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
        Object.keys(optionalDependencies).filter(
          (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
        ),
      );
      assert.deepEqual(missing, []);
    });
  });
}
