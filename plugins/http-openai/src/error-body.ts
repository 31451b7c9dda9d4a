import type { Json } from '@agent-factory/sdk';
import type { HttpProblem } from '@agent-factory/sdk/contracts';

/** What OpenAI calls the kinds of error. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** A problem as OpenAI's clients read it; `fix` is ours. */
export function openaiError({ status, code, detail, fix, errors }: HttpProblem): { readonly error: Json } {
  const [first] = errors ?? [];
  const param = first ? first.pointer.replace(/^\/(?:body|query|params)\//, '').replaceAll('/', '.') : null;
  return { error: { message: `${detail} ${fix}`, type: typeOf(status), param, code, fix } };
}
