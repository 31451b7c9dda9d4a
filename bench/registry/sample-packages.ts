import { createHash } from 'node:crypto';
import { createAuthorKey, packFiles, signFiles } from '@agent-factory/plugin-package';

/** A package to publish. */
export interface SamplePackage {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What npm sends to publish it. */
  readonly body: Buffer;
  /** Path of its tarball. */
  readonly tarball: string;
}

/** What packages are about. */
export const words: readonly string[] =
  'mail calendar search vector memory model chat slack git sheet voice image video crawl parse index cache queue auth audit'.split(
    ' ',
  );

const key = createAuthorKey();

/** Plugins of some 2 kB, signed by their author; a quarter of them in one scope, the others each in one of ten. */
export async function samplePackages(count: number): Promise<SamplePackage[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => sample(i)));
}

async function sample(i: number): Promise<SamplePackage> {
  const name = i % 4 === 0 ? `@acme/plugin-${i}` : `@author-${i % 10}/plugin-${i}`;
  const version = '1.0.0';
  const word = (at: number): string => words[at % words.length] ?? '';
  const packageJson = {
    name,
    version,
    description: `Agent Factory plugin for ${word(i)} and ${word(i * 7)}`,
    keywords: ['agent-factory-plugin', word(i)],
    license: 'MIT',
    exports: './index.js',
    agentFactory: { id: `plugin-${i}`, kernel: '^0.1.0', permissions: { 'net:example.test': 'asks it' } },
  };
  const noise = createHash('sha512').update(`x${i}`).digest('hex').repeat(24);
  const texts = {
    'package.json': JSON.stringify(packageJson, null, 2),
    'index.js': `export default ${i};\n// ${noise}\n`,
    'README.md': `# ${name}\n\n${'Lorem ipsum plugin text. '.repeat(40)}\n`,
  };
  const files = Object.entries(texts).map(([path, text]) => ({
    path,
    bytes: Buffer.from(text),
    executable: false,
  }));
  const manifest = Buffer.from(JSON.stringify(signFiles({ name, version, files }, key)));
  const { bytes, integrity } = await packFiles(
    [...files, { path: 'AF-MANIFEST.json', bytes: manifest, executable: false }],
    packageJson,
  );
  const shasum = createHash('sha1').update(bytes).digest('hex');
  const file = `${name}-${version}.tgz`;
  const body = {
    _id: name,
    name,
    description: packageJson.description,
    'dist-tags': { latest: version },
    access: null,
    versions: {
      [version]: {
        ...packageJson,
        _id: `${name}@${version}`,
        readme: texts['README.md'],
        dist: { integrity, shasum },
      },
    },
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: Buffer.from(bytes).toString('base64'),
        length: bytes.length,
      },
    },
  };
  return {
    name,
    bytes,
    body: Buffer.from(JSON.stringify(body)),
    tarball: `/${name}/-/plugin-${i}-${version}.tgz`,
  };
}
