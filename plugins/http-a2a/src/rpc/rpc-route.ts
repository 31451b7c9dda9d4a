import {
  isAgentFactoryError,
  type AgentFactoryError,
  type Json,
  type JsonObject,
  type Validator,
} from '@agent-factory/sdk';
import {
  allows,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  type ServerSentEvent,
} from '@agent-factory/sdk/contracts';
import type { A2aParts } from '../a2a-http.ts';
import { agentParams } from '../card/card-routes.ts';
import { isChosen } from '../config.ts';
import { errors, errorTable } from '../errors.ts';
import { jsonOf, type StreamResponse } from '../wire.ts';
import { methods, type MethodResult } from './methods.ts';
import { idOf, readRequest } from './read-request.ts';
import { rpcError, rpcProblem, type RpcId } from './rpc-error.ts';

/** The protocol over JSON-RPC. */
export function rpcRoute(parts: A2aParts): HttpRoute {
  const checks = new Map<string, Validator>(
    [...methods].map(([name, { params }]) => [name, parts.validator(params)]),
  );

  const answer = async (request: HttpRequest): Promise<MethodResult> => {
    const { principal, params: path } = request;
    const { method: name, params } = readRequest(request);
    const method = methods.get(name);
    if (!method) {
      const known = [...methods.keys()].join(', ');
      throw errors.AF_A2A_METHOD_UNKNOWN({ method: name.slice(0, 60), known });
    }
    checkParams(checks.get(name)?.(params) ?? []);
    const { tenant = '' } = (params ?? {}) as { readonly tenant?: string }; // as all their schemas say
    if (tenant !== '' && tenant !== principal.tenant)
      throw errors.AF_A2A_PARAMS({ list: '"tenant" is not that of whoever asks; leave it out' });
    const { agent = '' } = path;
    if (!isChosen(parts.config, agent) || !allows(principal, 'agents:read', `agents/${agent}`))
      throw errors.AF_A2A_AGENT_UNKNOWN({ agent });
    const runs = parts.runtime.tenant(principal.tenant);
    return method.call(params as never, { runs, agent, request, parts }); // as the method's schema says
  };

  return {
    method: 'POST',
    path: '/a2a/{agent}',
    operationId: 'callA2a',
    summary: 'Speak the Agent2Agent protocol to an agent (JSON-RPC, version 1.0).',
    description:
      'Tasks are runs, contexts are sessions. A task is seen by whoever began it, through this door alone. A client ' +
      'that leaves a stream does not cancel the task, and may follow it again. The header `A2A-Version` must say 1.0.',
    tag: 'Agent2Agent',
    permission: 'runs:write',
    params: agentParams,
    query: {
      type: 'object',
      properties: {
        'A2A-Version': { type: 'string', maxLength: 40, description: 'In place of the header of that name.' },
      },
      additionalProperties: false,
    },
    body: { type: 'object', description: 'A request of JSON-RPC 2.0.' },
    bodyExample: {
      jsonrpc: '2.0',
      id: 1,
      method: 'SendMessage',
      params: {
        message: { messageId: 'm-1', role: 'ROLE_USER', parts: [{ text: 'How is a plugin isolated?' }] },
      },
    },
    responses: {
      200: {
        description: 'The answer, or what is wrong; of methods that stream the events as server-sent events.',
        schema: { type: 'object' },
        orStream: true,
        example: {
          jsonrpc: '2.0',
          id: 1,
          result: {
            task: {
              id: 'run_0mi9k2x5w4f1c8a7b6d5e4f30',
              contextId: 'ctx_7c1d0f5e-2a7b-4f7e-9a54-4c3f2f0b1a11',
              status: { state: 'TASK_STATE_COMPLETED', timestamp: '2026-11-29T12:00:00.000Z' },
              artifacts: [{ artifactId: 'answer', parts: [{ text: 'In a process of its own.' }] }],
            },
          },
        },
      },
    },
    errors: errorTable,
    rate: 'run',
    problemBody: rpcProblem,
    handler: async (request): Promise<HttpReply> => {
      const id = idOf(request.body);
      try {
        const answered = await answer(request);
        if ('stream' in answered) return { stream: eventsOf(answered.stream, id, request, parts) };
        return { body: { jsonrpc: '2.0', id, result: answered.result } };
      } catch (error) {
        if (!isTold(error)) throw error;
        return { body: toldOf(error, id) };
      }
    },
  };
}

function checkParams(problems: ReturnType<Validator>): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, 5).map(({ path, message }) => `params${path} ${message}`);
  throw errors.AF_A2A_PARAMS({ list: shown.join('; '), problems });
}

/** What the method itself answers. Refusals, and what nobody foresaw, are the platform's: it writes them down. */
function isTold(error: unknown): error is AgentFactoryError {
  return isAgentFactoryError(error) && error.status < 500 && error.status !== 401 && error.status !== 403;
}

function toldOf(error: AgentFactoryError, id: RpcId): JsonObject {
  const { code, status, message: detail, fix, details } = error;
  const problems = (details['problems'] ?? []) as ReturnType<Validator>; // as checkParams gives them
  const fields = problems.map(({ path, message }) => ({ pointer: path, message }));
  return rpcError(id, { code, status, detail, fix, errors: fields });
}

async function* eventsOf(
  stream: AsyncIterable<StreamResponse>,
  id: RpcId,
  { signal, requestId }: Pick<HttpRequest, 'signal' | 'requestId'>,
  { log }: Pick<A2aParts, 'log'>,
): AsyncGenerator<ServerSentEvent> {
  try {
    for await (const event of stream) yield { data: { jsonrpc: '2.0', id, result: jsonOf(event) } };
  } catch (error) {
    if (signal.aborted) throw error; // nobody reads it any more
    // The platform's own words for it are none of the protocol's.
    if (isAgentFactoryError(error)) yield { data: toldOf(error, id) };
    else {
      log.error('a stream of the Agent2Agent protocol broke off', { error, requestId });
      yield { data: hidden(id) };
    }
  }
}

function hidden(id: RpcId): Json {
  const detail = 'Something went wrong inside the platform; its log says what.';
  return rpcError(id, { code: 'AF_HTTP_INTERNAL', status: 500, detail, fix: 'Follow the task again.' });
}
