// The command: npm run registry
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { openRegistry, type OpenRegistry } from './app/open-registry.ts';
import type { RegistryOptions } from './config.ts';
import { errors } from './errors.ts';
import { createAccount } from './protocol/create-account.ts';
import { longestLife, mintToken } from './protocol/mint-token.ts';

const help = `Starts a registry of plugins.

  --host ADDRESS      address to listen on (AF_REGISTRY__HOST, default 127.0.0.1)
  --port PORT         port to listen on; 0 takes a free one (AF_REGISTRY__PORT, default 4873)
  --url URL           address by which clients reach it (AF_REGISTRY__URL, default http://localhost:PORT)
  --data FOLDER       database, tarballs and keys (AF_REGISTRY__DATA, default .agent-factory/registry)
  --database URL      a PostgreSQL in place of SQLite (AF_REGISTRY__DATABASE)
  --policy POLICY     plugins, or any: ordinary npm packages as well (AF_REGISTRY__POLICY, default plugins)
  --sign-up MODE      open or closed (AF_REGISTRY__SIGN_UP, default open on a loopback address, else closed)
  --uplink PATTERN=URL  names that come from another registry, such as '@types/*=https://registry.npmjs.org'; several times
                      for several (AF_REGISTRY__UPLINKS, divided by commas)
  --publish-rate N    packages one account may publish in 10 minutes, 0 for any number (AF_REGISTRY__PUBLISH_RATE)

Tarballs of 32 KiB and more go to an S3-compatible store when these are set: AF_REGISTRY__S3__ENDPOINT,
AF_REGISTRY__S3__BUCKET, AF_REGISTRY__S3__REGION, AF_REGISTRY__S3__ACCESS_KEY_ID, AF_REGISTRY__S3__SECRET_ACCESS_KEY.
docs/registry.md says more.`;

const names = ['host', 'port', 'url', 'data', 'database', 'policy', 'sign-up', 'publish-rate'] as const;
type Name = (typeof names)[number];

try {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      uplink: { type: 'string', multiple: true },
      ...(Object.fromEntries(names.map((name) => [name, { type: 'string' }])) as Record<
        Name,
        { type: 'string' }
      >),
    },
  });
  if (values.help === true) console.log(help);
  else {
    const uplinks = values.uplink ?? (process.env['AF_REGISTRY__UPLINKS'] ?? '').split(',').filter(Boolean);
    const options = optionsFrom((name) => values[name] ?? process.env[variable(name)]);
    await run({ ...options, uplinks: uplinks.map(uplinkIn) });
  }
} catch (error) {
  const { code } = Object(error) as { code?: string };
  if (isAgentFactoryError(error)) console.error(`${error.message}\n  ${error.fix}\n  ${error.code}`);
  else if (code?.startsWith('ERR_PARSE_ARGS')) console.error(`${(error as Error).message}\n\n${help}`);
  else throw error;
  process.exitCode = 1;
}

async function run(options: RegistryOptions): Promise<void> {
  const open = await openRegistry(options);
  const password = await firstAccount(open);
  console.log(greeting(open, password));
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      void open.close();
    });
}

/** Where there is no account yet, makes an administrator. The password and the token are shown this once. */
async function firstAccount({
  registry,
}: OpenRegistry): Promise<{ password: string; token: string } | undefined> {
  const { database } = registry;
  if (await database.get('SELECT 1 FROM accounts LIMIT 1')) return undefined;
  const password = randomBytes(12).toString('base64url');
  await createAccount(
    registry,
    { name: 'admin', password, email: 'admin@localhost', role: 'admin' },
    'registry',
  );
  const minted = await database.write((sql) =>
    mintToken(registry, sql, {
      account: 'admin',
      kind: 'login',
      label: 'first start',
      rights: { level: 'publish' },
      hours: longestLife.publish,
    }),
  );
  return { password, token: minted.text };
}

function greeting({ url }: OpenRegistry, first: { password: string; token: string } | undefined): string {
  const host = url.replace(/^https?:/, '');
  const told = first
    ? [
        'Your administrator, shown this once:',
        `  name      admin`,
        `  password  ${first.password}`,
        `  token     ${first.token}`,
        '',
      ]
    : [];
  return [
    '',
    `The registry answers at ${url}`,
    '',
    ...told,
    'Try:',
    `  npm config set ${first ? `"${host}/:_authToken=${first.token}"` : `"${host}/:_authToken=YOUR_TOKEN"`} && npm whoami --registry=${url}`,
    `  agent-factory plugin publish --registry ${url}`,
    `  curl "${url}/-/af/v1/plugins?text=weather"`,
    '',
  ].join('\n');
}

function variable(name: Name): string {
  return `AF_REGISTRY__${name.replace('-', '_').toUpperCase()}`;
}

function optionsFrom(read: (name: Name) => string | undefined): RegistryOptions {
  const given = Object.fromEntries(names.map((name) => [name, read(name) || undefined])) as Record<
    Name,
    string | undefined
  >;
  const { host, url, data, database } = given;
  const port = numberIn('port', given.port, 65_535);
  const rate = numberIn('publish-rate', given['publish-rate'], 1_000_000);
  const policy = choice('policy', given.policy, ['plugins', 'any']);
  const signUp = choice('sign-up', given['sign-up'], ['open', 'closed']);
  if (url !== undefined && !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw errors.AF_REGISTRY_OPTIONS({ reason: `--url is no address: ${url}` });
  const s3 = s3Options();
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(url !== undefined && { url }),
    ...(data !== undefined && { dataDir: data }),
    ...(database !== undefined && { databaseUrl: database }),
    ...(policy !== undefined && { policy }),
    ...(signUp !== undefined && { signUp }),
    ...(rate !== undefined && { publishRate: { packages: rate, minutes: 10 } }),
    ...(s3 && { s3 }),
  };
}

function uplinkIn(given: string): { pattern: string; url: string } {
  const [, pattern = '', url = ''] = /^(@?[\w.*~-]+(?:\/[\w.*~-]+)?)=(https?:\/\/.+)$/.exec(given) ?? [];
  if (pattern === '' || !URL.canParse(url))
    throw errors.AF_REGISTRY_OPTIONS({
      reason: `--uplink is a name or pattern and an address, PATTERN=URL, not ${given}`,
    });
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw errors.AF_REGISTRY_OPTIONS({
      reason: '--uplink takes no name and password in an address, which is told to whoever asks',
    });
  return { pattern, url };
}

function s3Options(): RegistryOptions['s3'] {
  const read = (name: string): string => process.env[`AF_REGISTRY__S3__${name}`] ?? '';
  const endpoint = read('ENDPOINT');
  if (endpoint === '') return undefined;
  const options = {
    endpoint,
    bucket: read('BUCKET'),
    region: read('REGION') || 'us-east-1',
    accessKeyId: read('ACCESS_KEY_ID'),
    secretAccessKey: read('SECRET_ACCESS_KEY'),
    prefix: read('PREFIX'),
  };
  const missing = (['bucket', 'accessKeyId', 'secretAccessKey'] as const).filter(
    (name) => options[name] === '',
  );
  if (missing.length > 0)
    throw errors.AF_REGISTRY_OPTIONS({ reason: `of the S3 store ${missing.join(', ')} is not set` });
  return options;
}

function numberIn(name: Name, given: string | undefined, most: number): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d+$/.test(given) || Number(given) > most)
    throw errors.AF_REGISTRY_OPTIONS({ reason: `--${name} is no number up to ${most}: ${given}` });
  return Number(given);
}

function choice<const Value extends string>(
  name: Name,
  given: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (given === undefined) return undefined;
  const found = values.find((value) => value === given);
  if (found === undefined)
    throw errors.AF_REGISTRY_OPTIONS({ reason: `--${name} is ${values.join(' or ')}, not ${given}` });
  return found;
}
