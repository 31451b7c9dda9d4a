import type { MatrixPlatform } from './matrix-platform.ts';

/** Asks the platform at an address, with a credential or without one. */
export function callerOf(url: () => string): MatrixPlatform['call'] {
  return async (method, path, credential, { body, headers } = {}) => {
    const answer = await fetch(`${url()}${path}`, {
      method,
      headers: {
        ...credential?.headers,
        ...(credential?.csrf !== undefined && { 'x-csrf-token': credential.csrf }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true;
    // As problems are; those of protocols of others are further down.
    const problem = isProblem || answer.status >= 400 ? (JSON.parse(text) as Told) : undefined;
    const data = problem?.error?.data;
    const ofData = Array.isArray(data) ? data.at(-1)?.reason : data?.code;
    const code = problem?.code ?? ofData ?? problem?.error?.code;
    return { status: answer.status, text, code, headers: answer.headers };
  };
}

interface Told {
  readonly code?: string;
  readonly error?: {
    readonly code: string;
    /** Ours, or details as google.rpc has them. */
    readonly data?: { readonly code: string } | { readonly reason?: string }[];
  };
}
