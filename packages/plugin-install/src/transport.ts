import { errors } from './errors.ts';

/** An answer of a registry. */
export interface RegistryAnswer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Fetches from a registry, or from a copy of what it answered. */
export interface Transport {
  /**
   * @param path - below the registry's address, without a slash in front
   * @param limit - most bytes that are taken
   */
  get(registry: string, path: string, limit: number): Promise<RegistryAnswer>;
}

const timeoutMs = 30_000;

/** Over HTTP. Redirects are not followed: a registry speaks for itself. */
export const httpTransport: Transport = {
  async get(registry, path, limit) {
    const url = `${registry}/${path}`;
    return request(registry, url, { headers: { accept: 'application/json' } }, limit);
  },
};

/** Sends a request and reads the whole answer. @throws AF_INSTALL_REGISTRY_UNREACHABLE, AF_INSTALL_REGISTRY_ANSWER */
export async function request(
  registry: string,
  url: string,
  init: RequestInit,
  limit: number,
): Promise<RegistryAnswer> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw unreachable(registry, error);
  }
  if (response.status >= 300 && response.status < 400)
    throw errors.AF_INSTALL_REGISTRY_ANSWER({ url, reason: 'it sends the asker to another address' });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    bytes: await body(response, registry, url, limit),
  };
}

async function body(response: Response, registry: string, url: string, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of response.body ?? []) {
      length += piece.length;
      if (length > limit) break;
      pieces.push(piece);
    }
  } catch (error) {
    throw unreachable(registry, error);
  }
  if (length > limit)
    throw errors.AF_INSTALL_REGISTRY_ANSWER({ url, reason: `it has more than ${limit} bytes` });
  return Buffer.concat(pieces);
}

function unreachable(registry: string, error: unknown): Error {
  const { cause, message } = error as Error; // fetch throws nothing else
  const { code, message: inner } = Object(cause) as NodeJS.ErrnoException; // may be nothing
  return errors.AF_INSTALL_REGISTRY_UNREACHABLE(
    { registry, reason: code ?? (inner || message) },
    { cause: error },
  );
}
