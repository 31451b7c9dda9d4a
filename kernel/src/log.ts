import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import type { LogFields, Logger, PlatformConfig } from '@agent-factory/sdk';
import type * as Winston from 'winston';

type Level = 'debug' | 'info' | 'warn' | 'error';
type Settings = NonNullable<PlatformConfig['log']>;

const require = createRequire(import.meta.url);
const hidden = '[redacted]';
const secretKey = /authorization|cookie|passw|secret|token$|(api|access|private)[-_]?key|credential/i;
const longestText = 10_000;
const longestLine = 100_000;
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
  let secrets: string[] = [];
  let current = settings;
  let winston: Winston.Logger | undefined;
  let closed = false;

  const logger = (): Winston.Logger => {
    if (winston) return winston;
    const lib = require('winston') as typeof Winston;
    winston = lib.createLogger({
      level: 'debug', // filtered before it comes here
      format: lib.format.printf((info) => format(info, current, secrets)),
      transports: [new lib.transports.Stream({ stream: lineStream(write), eol: '\n' })],
    });
    return winston;
  };
  const emit = (level: Level, message: string, bound: LogFields, given?: LogFields): void => {
    if (closed || current.level === 'silent' || rank[level] < rank[current.level ?? 'info']) return;
    try {
      logger().log({ level, message, fields: merged(bound, given) });
    } catch {
      // A writer that fails is no reason to fail the caller.
    }
  };
  const make = (bound: LogFields): Logger => ({
    debug: (message, fields) => emit('debug', message, bound, fields),
    info: (message, fields) => emit('info', message, bound, fields),
    warn: (message, fields) => emit('warn', message, bound, fields),
    error: (message, fields) => emit('error', message, bound, fields),
    child: (fields) => make({ ...bound, ...fields }),
  });
  return {
    ...make({}),
    hide: (secret) => {
      if (secret.length < 6 || secrets.includes(secret)) return;
      // The longest first: one secret may be part of another.
      secrets = [...secrets, secret].sort((x, y) => y.length - x.length);
    },
    configure: (next) => {
      current = next;
    },
    close: () => {
      closed = true;
    },
  };
}

const rank = { debug: 0, info: 1, warn: 2, error: 3 } as const;

function format(
  info: Winston.Logform.TransformableInfo,
  settings: Settings,
  secrets: readonly string[],
): string {
  const at = new Date().toISOString();
  const level = info.level as Level;
  const redact = redactor(secrets);
  const message = redact(String(info.message));
  const { plugin, ...fields } = redact(info['fields']) as Record<string, unknown>; // it was given as an object
  const pretty = settings.format ? settings.format === 'pretty' : process.stderr.isTTY;
  if (!pretty) {
    const own = { at, level, ...(plugin ? { plugin } : {}), message };
    return JSON.stringify({ ...own, ...fields, ...own });
  }
  const coloured = styleText(colours[level], level.padEnd(5), { stream: process.stderr });
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`);
  return [at.slice(11, 23), coloured, plugin ? `[${plain(plugin)}]` : '', message, ...rest]
    .filter(Boolean)
    .join(' ');
}

function merged(bound: LogFields, given: LogFields | undefined): LogFields {
  try {
    return { ...bound, ...given };
  } catch {
    return { ...bound, fields: '[unreadable]' }; // a getter throws
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/**
 * Makes copies fit for printing: known secrets and secret-looking keys hidden, errors as code, message and cause,
 * depth and size bounded for one line altogether.
 */
function redactor(secrets: readonly string[]): (value: unknown, depth?: number) => unknown {
  let room = longestLine;
  // Hidden here and not in the finished line, where quotes and line breaks of a secret are escaped.
  const conceal = (text: string): string => {
    for (const secret of secrets) if (text.includes(secret)) text = text.replaceAll(secret, hidden);
    const most = Math.min(longestText, Math.max(room, 0));
    room -= text.length;
    return text.length > most ? `${text.slice(0, most)}…` : text;
  };
  const redact = (value: unknown, depth = 0): unknown => {
    if (typeof value === 'string') return conceal(value);
    if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
      return conceal(String(value));
    if (value === null || typeof value !== 'object') return value;
    if (depth > 5 || room < 0) return '[deep]';
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    room -= 50; // objects take their time even when they are empty
    try {
      return parts(value, depth + 1);
    } catch {
      return '[unreadable]'; // a getter or toJSON of it throws
    }
  };
  const parts = (value: object, depth: number): unknown => {
    if (value instanceof Error) {
      const { code, message, fix, cause } = value as Error & { code?: unknown; fix?: unknown };
      const told = {
        ...(code ? { code } : {}),
        message,
        ...(fix ? { fix } : {}),
        ...(cause ? { cause } : {}),
      };
      return redact(told, depth);
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth);
    if (Array.isArray(value)) return value.slice(0, 50).map((item) => redact(item, depth));
    const shown = Object.entries(value).slice(0, 50);
    return Object.fromEntries(
      shown.map(([key, item]) => [conceal(key), secretKey.test(key) && item ? hidden : redact(item, depth)]),
    );
  };
  return redact;
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
  // Whoever read it may have gone (EPIPE); an error nobody listens to would end the process.
  if (!process.stderr.listeners('error').includes(lost)) process.stderr.on('error', lost);
  process.stderr.write(`${line}\n`);
}

function lost(): void {}
