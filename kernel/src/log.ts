import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import type { LogFields, Logger, PlatformConfig } from '@agent-factory/sdk';
import type * as Winston from 'winston';

type Level = 'debug' | 'info' | 'warn' | 'error';
type Settings = NonNullable<PlatformConfig['log']>;

const require = createRequire(import.meta.url);
const hidden = '[redacted]';
const secretKey = /authorization|cookie|passw|secret|token$|api[-_]?key|credential/i;
const colours = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const;

/** The platform's log: one line a message, structured, with secrets taken out. */
export interface Log extends Logger {
  /** Hides this text wherever it turns up in a line; texts under 6 characters are too common to hide. */
  hide(secret: string): void;
  /** Applies new settings to all loggers made from this one. */
  configure(settings: Settings): void;
  /** Lines after this go nowhere: winston throws "write after end" when it is used while it closes. */
  close(): void;
}

/**
 * Creates the log on winston. `write` receives finished lines; default standard error, so that a command's
 * output stays clean. Winston is loaded with the first line.
 */
export function createLog(settings: Settings, write: (line: string) => void = writeStderr): Log {
  const secrets = new Set<string>();
  let current = settings;
  let winston: Winston.Logger | undefined;
  let closed = false;

  const logger = (): Winston.Logger => {
    if (winston) return winston;
    const lib = require('winston') as typeof Winston;
    const line = lib.format.printf((info) => conceal(format(info, current), secrets));
    winston = lib.createLogger({
      level: current.level ?? 'info',
      format: line,
      transports: [new lib.transports.Stream({ stream: lineStream(write), eol: '\n' })],
    });
    return winston;
  };
  const emit = (level: Level, message: string, fields: LogFields): void => {
    if (closed || current.level === 'silent' || rank[level] < rank[current.level ?? 'info']) return;
    logger().log({ level, message, ...(Object.keys(fields).length > 0 && { fields }) });
  };
  const make = (bound: LogFields): Logger => ({
    debug: (message, fields) => emit('debug', message, { ...bound, ...fields }),
    info: (message, fields) => emit('info', message, { ...bound, ...fields }),
    warn: (message, fields) => emit('warn', message, { ...bound, ...fields }),
    error: (message, fields) => emit('error', message, { ...bound, ...fields }),
    child: (fields) => make({ ...bound, ...fields }),
  });
  return {
    ...make({}),
    hide: (secret) => {
      if (secret.length >= 6) secrets.add(secret);
    },
    configure: (next) => {
      current = next;
      if (winston) winston.level = next.level ?? 'info';
    },
    close: () => {
      closed = true;
    },
  };
}

const rank = { debug: 0, info: 1, warn: 2, error: 3 } as const;

function format(info: Winston.Logform.TransformableInfo, settings: Settings): string {
  const at = new Date().toISOString();
  const { plugin, ...fields } = (redact(info['fields'] ?? {}) ?? {}) as Record<string, unknown>;
  const pretty = settings.format ? settings.format === 'pretty' : process.stderr.isTTY;
  if (!pretty) {
    return JSON.stringify({ at, level: info.level, ...(plugin ? { plugin } : {}), message: info.message, ...fields });
  }
  const level = styleText(colours[info.level as Level], info.level.padEnd(5), { stream: process.stderr });
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`);
  return [at.slice(11, 23), level, plugin ? `[${plain(plugin)}]` : '', info.message, ...rest].filter(Boolean).join(' ');
}

function plain(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** A copy fit for printing: secret-looking keys hidden, errors as code and message, depth and size bounded. */
function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth > 5) return '[deep]';
  if (value instanceof Error) {
    const { code, fix } = value as { code?: unknown; fix?: unknown };
    return { ...(code ? { code } : {}), message: value.message, ...(fix ? { fix } : {}) };
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON();
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 50)
      .map(([key, item]) => [key, secretKey.test(key) && item ? hidden : redact(item, depth + 1)]),
  );
}

function conceal(line: string, secrets: ReadonlySet<string>): string {
  for (const secret of secrets) if (line.includes(secret)) line = line.replaceAll(secret, hidden);
  return line;
}

function lineStream(write: (line: string) => void): NodeJS.WritableStream {
  const { Writable } = require('node:stream') as typeof import('node:stream');
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      write(String(chunk).trimEnd());
      done();
    },
  });
}

function writeStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
