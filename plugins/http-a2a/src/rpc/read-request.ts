import type { Json, JsonObject } from '@agent-factory/sdk';
import type { HttpRequest } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import { protocolVersion } from '../wire.ts';
import type { RpcId } from './rpc-error.ts';

/** A request of JSON-RPC. */
export interface RpcRequest {
  readonly method: string;
  readonly params: Json;
}

/** The id of a body, where it has one that can be given back. */
export function idOf(body: Json): RpcId {
  const { id } = body as JsonObject; // an object, as the route's schema says
  return typeof id === 'string' || Number.isInteger(id) ? (id as string | number) : null;
}

/** The request in a body; AF_A2A_REQUEST, AF_A2A_VERSION. */
export function readRequest({
  body,
  headers,
  query,
}: Pick<HttpRequest, 'body' | 'headers' | 'query'>): RpcRequest {
  const { jsonrpc, id, method, params = null } = body as JsonObject; // an object, as the route's schema says
  if (jsonrpc !== '2.0') throw errors.AF_A2A_REQUEST({ reason: 'its "jsonrpc" is not "2.0"' });
  if (id !== undefined && id !== idOf(body))
    throw errors.AF_A2A_REQUEST({ reason: 'its "id" is neither a text nor a whole number' });
  if (typeof method !== 'string' || method === '')
    throw errors.AF_A2A_REQUEST({ reason: 'it names no "method"' });
  // Who sends none speaks 0.3, says the protocol.
  const { 'A2A-Version': asked } = query;
  const version = headers['a2a-version']?.trim() || (typeof asked === 'string' && asked) || '0.3';
  if (version !== protocolVersion) throw errors.AF_A2A_VERSION({ version: version.slice(0, 40) });
  return { method, params };
}
