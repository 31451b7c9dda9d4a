import { readFileSync } from 'node:fs';
import pg from 'pg';
import { storageErrors, type SqlDurability } from '@agent-factory/sdk/contracts';
import { translate, type ErrorPlace } from './driver-errors.ts';
import { errors } from './errors.ts';
import { Pipeline, type PipelineFailure, type PipelineStep, type StepResult } from './pipeline.ts';
import { createPreparedNames } from './prepared-names.ts';

/** Where the server is, and how it is spoken to. */
export interface ConnectionOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly waitMs: number;
  readonly statementTimeoutMs: number;
  readonly durability: SqlDurability;
  readonly ssl?: 'off' | 'require' | 'verify' | undefined;
  readonly sslCaFile?: string | undefined;
}

/** One connection to the server. */
export interface PostgresConnection {
  readonly client: pg.Client;
  /** False once it broke. */
  readonly usable: boolean;
  /**
   * Sends statements in one go. Resolves with the results of all, or with the failure of the first that failed; those
   * after it were not run. Calls that come together run one after another.
   */
  run(steps: readonly PipelineStep[]): Promise<readonly StepResult[] | PipelineFailure>;
  /** Runs a text of many statements as it is. */
  script(sql: string): Promise<void>;
  /** Prepares statements anew: the tables have changed. */
  forgetStatements(): void;
  /** When the server is given up, in milliseconds of `performance.now()`; infinite while nothing runs. */
  readonly deadline: number;
  /** Lets the next statements take as long as they need, or no longer. */
  patient: boolean;
  /** Has it closed when it is given back: somebody else's text was run on it, and may have left something. */
  retire(): void;
  end(): void;
  destroy(): void;
}

/** The oldest server that is spoken to. */
const oldestVersion = 15;

/** What a server must be like, asked when a connection is opened. */
interface ServerFacts {
  readonly version: string;
  readonly encoding: string;
  readonly schema: string | null;
}

/** Reads a URL into the driver's options; refuses one it could not use, and quotes none of it. */
export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  const { url, connectTimeoutMs, ssl, sslCaFile } = options;
  const refused = (reason: string): Error => errors.AF_STORAGE_POSTGRES_URL({ reason });
  if (!/^postgres(?:ql)?:\/\//.test(url)) throw refused('it does not begin with postgres://');
  if (!URL.canParse(url)) throw refused('it cannot be read');
  // An unencoded / ? or # in a password ends the part of the URL with the host, and makes the rest one that is shown.
  const [, rest = ''] = /^\w+:\/\/[^/?#]*(.*)$/s.exec(url) ?? [];
  if (/[@#]/.test(rest)) throw refused('an @ or # stands behind the host');
  const parsed = new URL(url);
  if (ssl !== undefined) for (const name of ['sslmode', 'ssl']) parsed.searchParams.delete(name);
  let ca: string | undefined;
  try {
    ca = sslCaFile === undefined ? undefined : readFileSync(sslCaFile, 'utf8');
  } catch (error) {
    throw refused(`its sslCaFile cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const config: pg.ClientConfig = {
    connectionString: parsed.href,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    fallback_application_name: 'agent-factory',
  };
  if (ssl !== undefined)
    config.ssl =
      ssl === 'off' ? false : { rejectUnauthorized: ssl === 'verify', ...(ca !== undefined && { ca }) };
  try {
    new pg.Client(config); // reads the rest of the URL
  } catch {
    throw refused('its parameters cannot be read');
  }
  return config;
}

/** `host:port/database`, for messages. */
export function serverName(config: pg.ClientConfig): string {
  const { host, port, database } = new pg.Client(config);
  return `${host}:${port}/${database ?? ''}`;
}

/** Fails with AF_STORAGE_UNSUPPORTED for a server that is too old, by its `server_version_num`. */
export function checkVersion(server: string, version: string): void {
  const major = Math.floor(Number(version) / 10_000);
  if (!(major >= oldestVersion)) {
    const found = `PostgreSQL ${Number.isNaN(major) ? version : major}`;
    throw storageErrors.AF_STORAGE_UNSUPPORTED({ server, found, needed: `PostgreSQL ${oldestVersion}` });
  }
}

/** Milliseconds the server is given to end a statement itself, after its time. */
const grace = 5000;

/** Opens a connection and sets it up. Fails with AF_STORAGE_UNAVAILABLE, _OPEN_FAILED or _UNSUPPORTED. */
export async function connect(
  config: pg.ClientConfig,
  options: ConnectionOptions,
  place: ErrorPlace,
): Promise<PostgresConnection> {
  const client = new pg.Client(config);
  let usable = true;
  let retired = false;
  // A connection that breaks while nobody uses it says so here; whoever uses it learns of it by the failure.
  client.on('error', () => (usable = false));
  client.on('end', () => (usable = false));
  try {
    await client.connect();
    const { rows } = await client.query<ServerFacts>(settings(options));
    checkFacts(place.server, rows[0]);
  } catch (error) {
    client.connection.stream.destroy();
    throw translate(error, place);
  }

  const prepared = createPreparedNames();
  let last: Promise<unknown> | undefined;
  let deadline = Infinity;
  let patient = false;
  const longest = options.statementTimeoutMs + Math.min(grace, options.statementTimeoutMs);

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    while (last !== undefined) await last;
    const turn = work();
    const done = turn.then(
      () => undefined,
      () => undefined,
    );
    last = done;
    if (!patient) deadline = performance.now() + longest;
    try {
      return await turn;
    } finally {
      deadline = Infinity;
      if (last === done) last = undefined;
    }
  };

  return {
    client,
    get usable() {
      return usable && !retired;
    },
    get deadline() {
      return deadline;
    },
    get patient() {
      return patient;
    },
    set patient(value) {
      patient = value;
    },
    run: (steps) =>
      inTurn(
        () =>
          new Promise((resolve) => {
            client.query(new Pipeline(steps, prepared, resolve));
          }),
      ),
    script: (sql) => inTurn(async () => void (await client.query(sql))),
    forgetStatements: () => prepared.doubtAll(),
    retire: () => void (retired = true),
    end() {
      usable = false;
      client.end().catch(() => undefined);
    },
    destroy() {
      usable = false;
      client.connection.stream.destroy();
    },
  };
}

/** Sets a new connection up, whatever the server's own defaults are, and asks what it is. */
function settings({ waitMs, statementTimeoutMs, durability }: ConnectionOptions): string {
  const values: Readonly<Record<string, string | number>> = {
    standard_conforming_strings: 'on', // statements are read by its rules before they are sent
    default_transaction_isolation: 'read committed',
    default_transaction_deferrable: 'off',
    client_min_messages: 'warning',
    bytea_output: 'hex',
    extra_float_digits: 1,
    lock_timeout: waitMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 4,
  };
  const set = Object.entries(values).map(([name, value]) => `set_config('${name}', '${value}', false)`);
  const commit =
    durability === 'os-buffered'
      ? "set_config('synchronous_commit', 'off', false)"
      : // What waits for a standby too is left as the operator has it.
        "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";
  return `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
    current_schema() AS schema, ${[...set, commit].join(', ')}`;
}

function checkFacts(server: string, facts: ServerFacts | undefined): void {
  checkVersion(server, facts?.version ?? '');
  const refused = (reason: string, mend: string): Error =>
    storageErrors.AF_STORAGE_OPEN_FAILED({ database: server, reason, mend });
  if (facts?.encoding !== 'UTF8')
    throw refused(`its encoding is ${facts?.encoding ?? ''}`, "Create the database with ENCODING 'UTF8'.");
  if (facts.schema === null)
    throw refused(
      'no schema of its search_path exists',
      'Create the schema, or name another with ?options=-c%20search_path%3Dname at the end of the URL.',
    );
}
