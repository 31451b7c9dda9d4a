import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { redactTokens } from '../trust/token-text.ts';
import type { Registry } from './registry.ts';
import type { Reply } from './route.ts';

/** Headers of every answer. */
const always = { 'x-content-type-options': 'nosniff' } as const;

export function writeReply(
  response: ServerResponse,
  { status = 200, headers = {}, body, sending }: Reply,
): void {
  // Whoever left meanwhile has been heard to leave; nobody tells of it again.
  if (sending && response.destroyed) return sending.ended();
  if (sending) {
    const late = setTimeout(() => response.destroy(), sending.withinMs);
    response.once('close', () => {
      clearTimeout(late);
      sending.ended();
    });
  }
  const isReady =
    headers['content-type'] !== undefined && (typeof body === 'string' || body instanceof Uint8Array);
  const bytes = body === undefined ? '' : isReady ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...always,
    'cache-control': 'no-store',
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bytes),
    }),
    ...headers,
  });
  response.end(bytes);
}

/** Answers with an error: a problem document (RFC 9457) that also has the `error` npm's clients print. */
export function writeError(
  registry: Pick<Registry, 'settings' | 'url'>,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const requestId = randomUUID();
  const error = publicError(thrown, requestId);
  if (error.status >= 500)
    registry.settings.log.error(redactTokens(thrown instanceof Error ? thrown.message : String(thrown)), {
      requestId,
      method: request.method,
      path: redactTokens(request.url ?? ''),
      code: error.code,
      stack: thrown instanceof Error ? redactTokens(thrown.stack ?? '') : undefined,
    });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isProblem = /application\/problem\+json/.test(request.headers.accept ?? '');
  writeReply(response, {
    status: error.status,
    headers: {
      'content-type': isProblem ? 'application/problem+json' : 'application/json',
      ...challenge(error),
    },
    body: JSON.stringify({
      error: `${error.message} ${error.fix}`,
      reason: error.message,
      success: false,
      type: `${registry.url}/-/af/v1/errors/${error.code}`,
      title: error.code,
      status: error.status,
      detail: error.message,
      instance: `urn:uuid:${requestId}`,
      code: error.code,
      fix: error.fix,
      ...authPages(error),
    }),
  });
}

/** Ours as they are; anything else without its words, which may hold what is nobody's business. */
function publicError(thrown: unknown, requestId: string): AgentFactoryError {
  if (isAgentFactoryError(thrown)) {
    // An error without a status is one of the inside, where the request had no part in it.
    return thrown.status === 500 ? errors.AF_REGISTRY_INTERNAL({ requestId }, { cause: thrown }) : thrown;
  }
  const { code } = Object(thrown) as { code?: string }; // of the file system or SQLite
  if (code !== undefined && /^(ENOSPC|EDQUOT|EIO|EROFS|SQLITE_FULL|SQLITE_IOERR)/.test(code))
    return errors.AF_REGISTRY_STORAGE({ reason: code });
  return errors.AF_REGISTRY_INTERNAL({ requestId });
}

function challenge({ code, status }: AgentFactoryError): Record<string, string> {
  if (code === 'AF_REGISTRY_OTP_NEEDED') return { 'www-authenticate': 'OTP' };
  return status === 401 ? { 'www-authenticate': 'Bearer' } : {};
}

function authPages({ details }: AgentFactoryError): Record<string, unknown> {
  const { authUrl, doneUrl } = details;
  return authUrl === undefined ? {} : { authUrl, doneUrl };
}
