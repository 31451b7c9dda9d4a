import { connect, type Socket } from 'node:net';

/** Sends bytes as they are and gives back all the server answers until it closes, or `until` is in it. */
export function sendRaw(port: number, text: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      if (until !== undefined && answer.includes(until)) socket.destroy();
    });
    socket.once('error', reject).once('close', () => resolve(answer));
  });
}

/** A problem document as a client sees it. */
export interface SeenProblem {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly detail: string;
  readonly fix: string;
  readonly instance: string;
  readonly retryable: boolean;
  readonly errors?: readonly { readonly pointer: string; readonly message: string; readonly fix?: string }[];
}

/** Reads an answer that must be a problem document. */
export async function problemIn(response: Response): Promise<SeenProblem> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json; charset=utf-8') throw new Error(`${response.status} with ${type}`);
  const problem = (await response.json()) as SeenProblem; // the tests look at its members
  if (problem.status !== response.status)
    throw new Error(`says ${problem.status} in an answer ${response.status}`);
  return problem;
}

/** Posts JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
}
