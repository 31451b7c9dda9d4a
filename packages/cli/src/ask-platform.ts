import { connect } from 'node:net';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { knownAddresses, type ControlAddress } from './control-address.ts';
import { errors } from './errors.ts';

/** Milliseconds a platform may take to answer; most of all to start plugins anew. */
export const answerMs = 120_000;
const pingMs = 5_000;

/** What a running platform can be asked from the same machine. */
export type ControlRequest =
  | { readonly do: 'ping' }
  | { readonly do: 'reload' }
  | { readonly do: 'inspect' }
  | { readonly do: 'revoke'; readonly plugin: string; readonly permission: string }
  | { readonly do: 'explain'; readonly name: string };

/** What comes back. */
export interface ControlAnswer {
  readonly ok?: unknown;
  readonly error?: { readonly code?: string; readonly message: string; readonly fix?: string };
}

/** What one process answered; what it refused with is an error with code and fix. */
export type ProcessAnswer<T> = { readonly name: string } & (
  | { readonly answer: T }
  | { readonly error: Error }
);

/**
 * Asks every running process of the platform, or the one named. Throws AF_CLI_NOT_RUNNING when there is none, and
 * AF_CLI_PROCESS_UNKNOWN when the one named is not among them.
 */
export async function askPlatform<T>(
  dataDir: string,
  request: ControlRequest,
  name?: string,
): Promise<readonly ProcessAnswer<T>[]> {
  const asked = knownAddresses(dataDir).map((address) => askOne<T>(address, request));
  const running = (await Promise.all(asked)).filter((one) => one !== undefined);
  if (running.length === 0) throw errors.AF_CLI_NOT_RUNNING({ dataDir });
  if (name === undefined) return running;
  const named = running.filter((one) => one.name === name);
  if (named.length > 0) return named;
  throw errors.AF_CLI_PROCESS_UNKNOWN({ name, known: running.map((one) => one.name).join(', ') });
}

/** Asks one process of the platform: the first by name, or the one named; throws what it refused with. */
export async function askOneProcess<T>(dataDir: string, request: ControlRequest, name?: string): Promise<T> {
  const [first] = await askPlatform<T>(dataDir, request, name);
  if (!first) throw errors.AF_CLI_NOT_RUNNING({ dataDir });
  if ('error' in first) throw first.error;
  return first.answer;
}

/** What the process at that address answers; `undefined` when nobody listens there. */
export async function askOne<T>(
  { name, path }: ControlAddress,
  request: ControlRequest,
): Promise<ProcessAnswer<T> | undefined> {
  try {
    const text = await exchange(path, JSON.stringify(request), request.do === 'ping' ? pingMs : answerMs);
    const { ok, error } = JSON.parse(text) as ControlAnswer;
    if (error) return { name, error: Object.assign(new Error(error.message), error) };
    return { name, answer: ok as T }; // each request has one kind of answer
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    if (isAgentFactoryError(error)) return { name, error };
    return { name, error: errors.AF_CLI_CONTROL_FAILED({ reason: (error as Error).message }) };
  }
}

function exchange(path: string, question: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`it said nothing for ${timeoutMs} ms`)));
    socket.on('connect', () => socket.end(question));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (text) resolve(text);
      else reject(new Error('it closed the connection'));
    });
  });
}
