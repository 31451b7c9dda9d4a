import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { signFolder, type SigningKey } from '@agent-factory/plugin-package';

/** What a client did. */
interface ClientRun {
  readonly code: number;
  /** Everything it printed. */
  readonly output: string;
  readonly stdout: string;
}

/** A real client of npm's registry, with a home of its own. */
export interface NpmClient {
  readonly home: string;
  /** Runs it in a folder below its home. */
  run(args: readonly string[], options?: RunOptions): Promise<ClientRun>;
  /** The same, and fails the test when the client fails. */
  good(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Writes a signed plugin into a folder below its home. */
  plugin(folder: string, name: string, version: string, key: SigningKey): Promise<void>;
  /** Writes the package.json of a project that installs things. */
  project(folder: string, packageJson?: object): void;
  remove(): void;
}

/** How it is run. */
interface RunOptions {
  /** Folder below the home. Default: the home. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is told at its terminal, each line when it has asked for it. Default: it has no terminal. */
  readonly terminal?: readonly (readonly [question: RegExp, line: string])[];
}

/** Has it believe that pipes are a terminal. */
const terminal = join(import.meta.dirname, 'as-terminal.cjs');

/** Where each lies in a folder of modules, as it is started; what is no script is a program. */
const files = {
  'npm-10': 'npm-10/bin/npm-cli.js',
  'npm-11': 'npm-11/bin/npm-cli.js',
  'npm-12': 'npm-12/bin/npm-cli.js',
  'pnpm-10': 'pnpm-10/bin/pnpm.cjs',
  'pnpm-11': 'pnpm-11/bin/pnpm.mjs',
  'pnpm-12': `@pnpm/exe.linux-${process.arch}/pnpm`,
  'yarn-1': 'yarn-1/bin/yarn.js',
  'yarn-4': 'yarn-4/bin/yarn.js',
} as const;

/** The clients that tests run. */
export type ClientName = keyof typeof files;

/** Whether all clients do everything, as `npm run registry:e2e` has them do. */
export const isEverything: boolean = process.env['AF_REGISTRY_E2E'] !== undefined;

const timeoutMs = 60_000;

/** Sets a client up for a registry. */
export function createNpmClient(name: ClientName, registryUrl: string, token?: string): NpmClient {
  const [program, ...first] = clientCommand(name);
  const home = mkdtempSync(join(tmpdir(), `af-${name}-`));
  const host = registryUrl.replace(/^http:/, '');
  const auth = token === undefined ? [] : [`${host}/:_authToken=${token}`];
  const npmrc = [`registry=${registryUrl}/`, ...auth, 'update-notifier=false', 'fetch-retries=0'];
  writeFileSync(join(home, '.npmrc'), `${npmrc.join('\n')}\n`);
  if (name === 'yarn-4') writeFileSync(join(home, '.yarnrc.yml'), yarnSettings(registryUrl, token));
  // It leaves most of what speaks to a registry to the npm that it finds.
  if (name === 'pnpm-10') writeCommand(join(home, 'bin/npm'), clientCommand('npm-10'));
  if (name === 'yarn-1')
    writeFileSync(join(home, '.yarnrc'), `registry "${registryUrl}/"\ndisable-self-update-check true\n`);

  const run = (
    { folder = '.', env = {}, terminal: lines }: RunOptions,
    args: readonly string[],
  ): Promise<ClientRun> =>
    new Promise((done) => {
      const child = execFile(
        program,
        [...first, ...args],
        {
          cwd: join(home, folder),
          timeout: timeoutMs,
          maxBuffer: 2 ** 26,
          env: {
            PATH: [join(home, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
            HOME: home,
            USERPROFILE: home,
            XDG_CACHE_HOME: join(home, 'cache'),
            XDG_DATA_HOME: join(home, 'data'),
            npm_config_cache: join(home, 'cache'),
            npm_config_userconfig: join(home, '.npmrc'),
            NPM_CONFIG_USERCONFIG: join(home, '.npmrc'),
            pnpm_config_minimum_release_age: '0',
            CI: '1',
            NO_COLOR: '1',
            YARN_ENABLE_TELEMETRY: '0',
            ...(lines && { NODE_OPTIONS: `--require=${terminal}` }),
            ...env,
          },
        },
        (error, stdout, stderr) => {
          const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
          done({ code, stdout, output: `${stdout}\n${stderr}` });
        },
      );
      if (!lines) return void child.stdin?.end();
      const left = [...lines];
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (piece: string) => {
          said += piece;
          if (left[0]?.[0].test(said) !== true) return;
          said = '';
          child.stdin?.write(`${left.shift()?.[1]}\n`);
        });
    });

  return {
    home,
    run: (args, options = {}) => run(options, args),
    async good(args, options = {}) {
      const { code, output, stdout } = await run(options, args);
      if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}:\n${output}`);
      return stdout;
    },
    async plugin(folder, packageName, version, key) {
      const path = join(home, folder);
      mkdirSync(path, { recursive: true });
      const packageJson = {
        name: packageName,
        version,
        description: `A plugin that ${name} published`,
        license: 'MIT',
        type: 'module',
        exports: './index.js',
        files: ['AF-MANIFEST.json', 'index.js'],
        keywords: ['agent-factory-plugin'],
        agentFactory: { id: packageName.replace(/^.*\//, ''), kernel: '^0.1.0' },
      };
      // As pnpm and yarn write it themselves when they pack: no line break at its end.
      writeFileSync(join(path, 'package.json'), JSON.stringify(packageJson, null, 2));
      writeFileSync(join(path, 'index.js'), `export default '${packageName} ${version}';\n`);
      writeFileSync(join(path, 'README.md'), `# ${packageName}\n`);
      if (name === 'yarn-4') writeFileSync(join(path, 'yarn.lock'), '');
      await signFolder(path, { key });
    },
    project(folder, packageJson = {}) {
      const path = join(home, folder);
      mkdirSync(path, { recursive: true });
      writeFileSync(
        join(path, 'package.json'),
        JSON.stringify({ name: 'project', version: '1.0.0', private: true, ...packageJson }),
      );
      if (name === 'yarn-4') writeFileSync(join(path, 'yarn.lock'), '');
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** What starts a client; not every one exports what it is started with. */
export function clientCommand(name: ClientName): readonly [program: string, ...args: string[]] {
  const folders = [
    join(import.meta.dirname, '../peers/node_modules'),
    ...(createRequire(import.meta.url).resolve.paths(name) ?? []),
  ];
  const found = folders.map((folder) => join(folder, files[name])).find((file) => existsSync(file));
  if (found === undefined)
    throw new Error(`${name} is not installed; run npm ci, or npm run registry:e2e, which installs all`);
  return /\.[cm]?js$/.test(found) ? [process.execPath, found] : [found];
}

/** Writes a command of its own for a client, for whoever starts it by a path. */
export function writeCommand(file: string, command: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const quoted = command.map((part) => `'${part}'`).join(' ');
  writeFileSync(file, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
}

/** The version of a package in a project's node_modules. */
export function installedVersion(home: string, folder: string, packageName: string): string {
  const file = join(home, folder, 'node_modules', packageName, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function yarnSettings(registryUrl: string, token: string | undefined): string {
  return [
    `npmRegistryServer: "${registryUrl}"`,
    ...(token === undefined ? [] : [`npmAuthToken: "${token}"`]),
    'unsafeHttpWhitelist: ["localhost"]',
    'nodeLinker: node-modules',
    'enableImmutableInstalls: false',
    'enableGlobalCache: false',
    'npmMinimalAgeGate: 0',
    'npmPublishAccess: public',
    'checksumBehavior: ignore',
    '',
  ].join('\n');
}
