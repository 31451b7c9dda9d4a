// The long endurance test: npm run faults -- [--kills 500] [--runs 2000] [--seed 1] [--on embedded|roles|scaled]
// `scaled` takes a PostgreSQL and a Redis by --postgres <url> --redis <url>, or brings up its own; with --disturb those
// are killed and emptied meanwhile. With --positions a workflow's process is killed at each append of its journal instead, on
// SQLite or, with --on scaled, on PostgreSQL.
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { freshPostgres, startPostgres, startRedis, type TestServer } from '@agent-factory/test-servers';
import { endureFaults } from './driver.ts';
import { embedded, embeddedRoles, scaled, type FaultPlatform } from './fault-platform.ts';
import { endurePositions, type OpenPlatform } from './positions/endure-positions.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    on: { type: 'string', default: 'embedded' },
    postgres: { type: 'string' },
    redis: { type: 'string' },
    disturb: { type: 'boolean', default: false },
    positions: { type: 'boolean', default: false },
  },
});

const cleanUp: (() => Promise<unknown>)[] = [];

let disturb: (() => Promise<void>) | undefined;

async function scaledOut(): Promise<FaultPlatform> {
  let { postgres, redis } = values;
  if (values.disturb) return disturbed();
  if (postgres === undefined) {
    const database = await freshPostgres();
    cleanUp.push(() => database.close());
    postgres = database.url;
  }
  if (redis === undefined) {
    const server = await startRedis({ appendonly: 'everysec' });
    cleanUp.push(() => server.stop());
    redis = server.url;
  }
  return scaled(postgres, redis);
}

/** On servers of their own, which are killed, emptied and started again in turn. */
async function disturbed(): Promise<FaultPlatform> {
  const postgres = await startPostgres();
  cleanUp.push(() => postgres.stop());
  process.env['TEST_PG_URL'] = postgres.url;
  const database = await freshPostgres();
  const redis = await startRedis();
  cleanUp.push(() => redis.stop());
  const restart = async (server: TestServer, signal: NodeJS.Signals): Promise<void> => {
    await server.kill(signal);
    await server.start();
  };
  const harms = [
    { what: 'Redis is killed, with all it held', harm: () => restart(redis, 'SIGKILL') },
    { what: 'PostgreSQL stops at once and starts again', harm: () => restart(postgres, 'SIGQUIT') },
    { what: 'Redis is emptied', harm: () => emptyRedis(redis.port) },
  ];
  let next = 0;
  disturb = async () => {
    const { what, harm } = harms[next++ % harms.length] ?? { what: 'nothing', harm: async () => {} };
    console.log(`  ${what}.`);
    await harm();
  };
  return scaled(database.url, redis.url);
}

async function emptyRedis(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write('FLUSHALL\r\n');
  await once(socket, 'data');
  socket.destroy();
}

/** A platform of its own for each position. */
const openPosition =
  (fails: boolean): OpenPlatform =>
  async (dataDir) => {
    if (values.on !== 'scaled') return { dataDir, fails };
    const { url, close } = await freshPostgres();
    return { dataDir, fails, postgres: url, close };
  };

async function everyPosition(): Promise<void> {
  const all: string[] = [];
  for (const fails of [false, true]) {
    console.log(fails ? 'The last step fails, and what was done is undone:' : 'Every step succeeds:');
    const { faults, ...rest } = await endurePositions(openPosition(fails), (text) =>
      console.log(`  ${text}`),
    );
    console.log(JSON.stringify(rest));
    all.push(...faults);
  }
  tell(all);
}

async function manyKills(): Promise<void> {
  const platform = await platforms[values.on]?.();
  if (!platform) throw new Error(`--on is one of ${Object.keys(platforms).join(', ')}.`);
  const [kills, runs, seed] = [Number(values.kills), Number(values.runs), Number(values.seed)];
  console.log(`${values.on}: ${kills} kills, ${runs} runs, seed ${seed}, ${platform.roles.join(' + ')}`);
  const onProgress = (text: string): void => console.log(`  ${text}`);
  const report = await endureFaults({
    platform,
    kills,
    runs,
    seed,
    onProgress,
    settleMs: 120_000,
    ...(disturb && { disturb }),
  });
  const { faults, ...rest } = report;
  console.log(JSON.stringify(rest));
  tell(faults);
}

function tell(faults: readonly string[]): void {
  for (const fault of faults.slice(0, 50)) console.log(`  ✗ ${fault}`);
  console.log(faults.length === 0 ? 'Every rule held.' : `${faults.length} rules were broken.`);
  if (faults.length > 0) process.exitCode = 1;
}

const platforms: Readonly<Record<string, () => Promise<FaultPlatform>>> = {
  embedded: async () => embedded,
  roles: async () => embeddedRoles,
  scaled: scaledOut,
};

const awake = setInterval(() => {}, 60_000); // the servers do not keep the process alive while they end
try {
  await (values.positions ? everyPosition() : manyKills());
} finally {
  for (const end of cleanUp.reverse()) await end();
  clearInterval(awake);
}
