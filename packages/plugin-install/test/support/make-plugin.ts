import {
  authorManifestPath,
  createAuthorKey,
  packFiles,
  signFiles,
  type KeyHandover,
  type PackageFile,
  type PackageJson,
  type PackedPlugin,
  type SigningKey,
} from '@agent-factory/plugin-package';

/** A plugin to be made for a test. */
export interface PluginToMake {
  readonly name?: string;
  readonly id?: string;
  readonly version?: string;
  /** More of the manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** More of package.json. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly key?: SigningKey | null;
  readonly handovers?: readonly KeyHandover[];
}

/** The author of every test's plugins. */
export const author: SigningKey = createAuthorKey();

/** A small plugin with one tool, packed and signed; with the key `null` not signed. */
export function makePlugin(given: PluginToMake = {}): Promise<PackedPlugin> {
  const { name = '@acme/plugin-weather', version = '1.0.0', manifest, json, key = author, handovers } = given;
  const id = given.id ?? name.replace(/^.*\/(plugin-)?/, '');
  const packageJson = {
    name,
    version,
    type: 'module',
    main: 'index.js',
    agentFactory: { id, kernel: '>=0.1.0 <1.0.0', ...manifest },
    ...json,
  } as PackageJson; // it has name and version
  const texts = {
    'index.js': `export default { setup() {}, version: '${version}' };\n`,
    'README.md': `# ${id}\n`,
    ...given.files,
  };
  const files = [
    textFile('package.json', JSON.stringify(packageJson)),
    ...Object.entries(texts).map(([path, text]) => textFile(path, text)),
  ];
  const signed = key
    ? [textFile(authorManifestPath, JSON.stringify(signFiles({ name, version, files }, key, handovers)))]
    : [];
  return packFiles([...files, ...signed], packageJson);
}

function textFile(path: string, text: string): PackageFile {
  return { path, bytes: Buffer.from(text), executable: false };
}
