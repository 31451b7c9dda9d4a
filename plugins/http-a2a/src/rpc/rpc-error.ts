import type { Json, JsonObject } from '@agent-factory/sdk';
import type { HttpProblem } from '@agent-factory/sdk/contracts';

/** The id of a request, as it came. */
export type RpcId = string | number | null;

const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo';
const badRequest = 'type.googleapis.com/google.rpc.BadRequest';

/** What the protocol calls our errors: its number, and its reason where it has one. */
const names: Readonly<Record<string, readonly [number, string?]>> = {
  AF_HTTP_BODY_MALFORMED: [-32_700],
  AF_HTTP_REQUEST_INVALID: [-32_600],
  AF_A2A_REQUEST: [-32_600],
  AF_A2A_METHOD_UNKNOWN: [-32_601],
  AF_A2A_PARAMS: [-32_602, 'INVALID_PARAMS'],
  AF_A2A_TASK_UNKNOWN: [-32_001, 'TASK_NOT_FOUND'],
  AF_A2A_NOT_CANCELABLE: [-32_002, 'TASK_NOT_CANCELABLE'],
  AF_A2A_NO_PUSH: [-32_003, 'PUSH_NOTIFICATION_NOT_SUPPORTED'],
  AF_A2A_UNSUPPORTED: [-32_004, 'UNSUPPORTED_OPERATION'],
  AF_A2A_CONTENT: [-32_005, 'CONTENT_TYPE_NOT_SUPPORTED'],
  AF_A2A_VERSION: [-32_009, 'VERSION_NOT_SUPPORTED'],
};
/** Who asks, how much and how often is nothing the protocol has a number for. */
const apart: ReadonlySet<number> = new Set([401, 403, 404, 413, 429]);

type Told = Pick<HttpProblem, 'code' | 'status' | 'detail' | 'fix' | 'errors'>;

/** An error as the protocol has it, with our code as the reason of a detail of its own. */
export function rpcError(id: RpcId, { code, status, detail, fix, errors = [] }: Told): JsonObject {
  const [number, reason] = names[code] ?? [usualNumber(status)];
  const data: Json[] = [];
  if (reason !== undefined) data.push({ '@type': errorInfo, reason, domain: 'a2a-protocol.org' });
  if (errors.length > 0) {
    const fieldViolations = errors.map(({ pointer, message }) => ({ field: pointer, description: message }));
    data.push({ '@type': badRequest, fieldViolations });
  }
  data.push({ '@type': errorInfo, reason: code, domain: 'agent-factory', metadata: { fix } });
  return { jsonrpc: '2.0', id, error: { code: number, message: `${detail} ${fix}`, data } };
}

function usualNumber(status: number): number {
  if (status >= 500) return -32_603;
  return apart.has(status) ? -32_000 : -32_602;
}

/** A problem of a request as a whole, before anybody has looked at its id. */
export function rpcProblem(problem: HttpProblem): Json {
  return rpcError(null, problem);
}
