import { readFileSync } from 'node:fs';

/** What a package.json is made from. */
interface PackageParts {
  readonly id: string;
  readonly name: string;
  readonly kind: 'typescript' | 'javascript' | 'data';
  /** `{ description, files, agentFactory, needs }` as JSON. */
  readonly manifest: string;
}

interface TemplateManifest {
  readonly description: string;
  readonly files?: readonly string[];
  readonly agentFactory: object;
  /** Packages its tests and its desk need beside those of every plugin. */
  readonly needs?: readonly string[];
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string; // its own
};

/** The package.json of a new plugin. */
export function packageJson({ id, name, kind, manifest }: PackageParts): string {
  const { description, files, agentFactory, needs = [] } = JSON.parse(manifest) as TemplateManifest; // a template of ours
  const range = `^${version}`;
  const suffix = kind === 'typescript' ? 'ts' : 'js';
  const entry = kind === 'typescript' ? './dist/index.js' : './src/index.js';
  const steps = [
    ...(kind === 'typescript' ? ['npm run build'] : []),
    ...(kind === 'data' ? [] : [`node --test "test/**/*.test.${suffix}"`]),
    'agent-factory plugin test',
  ];
  const developed = ['@agent-factory/cli', '@agent-factory/kernel', ...needs].sort();
  const json = {
    name,
    version: '0.1.0',
    description,
    license: 'MIT',
    type: 'module',
    engines: { node: '>=24' },
    ...(kind !== 'data' && { exports: entry }),
    files: files ?? [kind === 'typescript' ? 'dist' : 'src'],
    keywords: ['agent-factory-plugin'],
    scripts: {
      ...(kind === 'typescript' && { build: 'tsc -p .' }),
      dev: 'agent-factory plugin dev',
      test: steps.join(' && '),
      pack: 'agent-factory plugin pack',
    },
    agentFactory: { id, kernel: range, ...agentFactory },
    ...(kind !== 'data' && { peerDependencies: { '@agent-factory/sdk': range } }),
    devDependencies: {
      ...Object.fromEntries(developed.map((one) => [one, range])),
      ...(kind === 'data' && { '@agent-factory/sdk': range }),
      ...(kind === 'typescript' && { '@types/node': '^24.0.0', typescript: '>=5.9.0' }),
    },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
