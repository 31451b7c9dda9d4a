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
    const code = problem && toldCode(problem);
    return { status: answer.status, text, code, headers: answer.headers };
  };
}

/** The code of a problem, as ours or as those of protocols of others. */
export function toldCode({ code, error }: Told): string | undefined {
  const data = error?.data;
  return code ?? (Array.isArray(data) ? data.at(-1)?.reason : data?.code) ?? error?.code;
}

/** What an answer that refuses says. */
export interface Told {
  readonly code?: string;
  readonly error?: {
    readonly code: string;
    /** Ours, or details as google.rpc has them. */
    readonly data?: { readonly code: string } | { readonly reason?: string }[];
  };
}
