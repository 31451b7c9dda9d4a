import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  followRun,
  openWaits,
  type AgentRuntime,
  type OpenWait,
  type Principal,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { TraceContext } from '@agent-factory/sdk/domain';
import type { CallToolResult, JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { createTeller } from './call-progress.ts';
import { failed, resultOf } from './call-result.ts';
import { askable, questionTo } from './client-questions.ts';
import type { Offer } from './offers.ts';
import { hashOf, type McpSession } from './sessions.ts';

/** A call of an offer. */
export interface OfferCall {
  readonly offer: Offer;
  readonly input: JsonObject;
  /** Id of the request. */
  readonly request: RequestId;
  readonly progressToken?: string | number | undefined;
  /** Where the call stands in a trace. */
  readonly trace?: TraceContext;
}

/** Who follows a call, and how. */
export interface Follower {
  readonly principal: Principal;
  /** Ends the following. A client that left ends the run too, unless it has a session: then it may come back. */
  readonly signal: AbortSignal;
  readonly session?: McpSession | undefined;
  /** Whether it can be told something before the answer. */
  readonly streams: boolean;
}

/** Something a client is told while a call goes on, after an event of the run; without a message, where it stands. */
export interface Told {
  readonly runId: string;
  readonly seq: number;
  readonly message?: JSONRPCMessage;
}

/** A call that is followed again. */
export interface FollowedCall {
  /** Id of the request that it answers. */
  readonly request: RequestId;
  readonly told: AsyncGenerator<Told, CallToolResult>;
}

/** What a run keeps of the call it is for, so that it can be followed and cancelled by another request. */
interface KeptCall {
  readonly session: string;
  readonly request: RequestId;
  readonly isTool: boolean;
  readonly progressToken?: string | number;
}

/** Runs what is offered. Gives what the client is told meanwhile; returns the result. */
export async function* callOffer(
  runtime: AgentRuntime,
  { offer, input, request, progressToken, trace }: OfferCall,
  follower: Follower,
): AsyncGenerator<Told, CallToolResult> {
  const { principal, session } = follower;
  const runs = runtime.tenant(principal.tenant);
  try {
    const target = offer.target(input);
    const call: KeptCall | undefined = session && {
      session: hashOf(session.id),
      request,
      isTool: 'tool' in target,
      ...(progressToken !== undefined && { progressToken }),
    };
    const metadata = { askedBy: principal.id, ...(call && { mcp: { ...call } }) };
    const { id } = await runs.start({ ...target, metadata, ...(trace && { trace }) });
    yield { runId: id, seq: 0 };
    return yield* follow(runs, id, 0, { isTool: 'tool' in target, progressToken }, follower);
  } catch (error) {
    // What a model can mend is its to read; anything else is an error of the protocol.
    if (!isAgentFactoryError(error) || error.status >= 500) throw error;
    return failed(`${error.message} ${error.fix} (${error.code})`);
  }
}

/** Goes on with what a client is told of a call, after an event; `undefined` when it is no call of its session. */
export async function followAgain(
  runtime: AgentRuntime,
  { runId, seq }: Pick<Told, 'runId' | 'seq'>,
  follower: Follower & { readonly session: McpSession },
): Promise<FollowedCall | undefined> {
  const { principal, session } = follower;
  const runs = runtime.tenant(principal.tenant);
  const { metadata } = await runs.get(runId);
  const call = callIn(metadata, principal, session);
  return call && { request: call.request, told: follow(runs, runId, seq, call, follower) };
}

/** Cancels the call that a request of the session began, while it goes on. */
export async function cancelCall(
  runtime: AgentRuntime,
  request: RequestId,
  principal: Principal,
  session: McpSession,
): Promise<void> {
  const runs = runtime.tenant(principal.tenant);
  for (const { id, metadata } of await runs.list({ status: ['queued', 'running', 'waiting'], limit: 200 }))
    if (callIn(metadata, principal, session)?.request === request)
      await runs.cancel(id, 'The client that asked took it back.');
}

function callIn(
  metadata: JsonObject | undefined,
  principal: Principal,
  session: McpSession,
): KeptCall | undefined {
  const call = metadata?.['mcp'] as unknown as KeptCall | undefined; // looked at below: anybody may name metadata so
  const isIts = metadata?.['askedBy'] === principal.id && call?.session === hashOf(session.id);
  return isIts ? call : undefined;
}

async function* follow(
  runs: TenantRuntime,
  runId: string,
  after: number,
  call: Pick<KeptCall, 'isTool'> & { readonly progressToken?: string | number | undefined },
  { principal, signal: left, session, streams }: Follower,
): AsyncGenerator<Told, CallToolResult> {
  const signal = session ? staying(left) : left;
  const tell = createTeller({ ...call, level: session?.level });
  const put = new Set<string | number>();
  for (let seq = after; ;) {
    for await (const event of followRun(runs, runId, { after: seq, signal })) {
      seq = event.seq;
      const notification = tell(event);
      if (notification) yield { runId, seq, message: { jsonrpc: '2.0', ...notification } as JSONRPCMessage };
    }
    const run = await runs.get(runId);
    const open = await openWaits(runs, run);
    const asked = session && streams ? askable(open, session, principal) : [];
    if (asked.length === 0) return resultOf(run, open);
    for (const message of asked.map((one) => questionTo(runId, one))) {
      if (put.has(message.id)) continue;
      put.add(message.id);
      yield { runId, seq, message };
    }
    await anyGoesOn(runs, asked, signal);
  }
}

/** Resolves when a run that is asked about goes on. */
async function anyGoesOn(
  runs: TenantRuntime,
  asked: readonly OpenWait[],
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const goesOn = async ({ run: { id, lastSeq } }: OpenWait): Promise<void> => {
    for await (const _event of runs.events(id, { after: lastSeq, signal: either })) return;
  };
  try {
    await Promise.race(asked.map(goesOn));
  } finally {
    over.abort();
  }
}

/** A signal that says that the following ends, and not that the client left. */
function staying(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort(new Error('the stream has ended'));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return controller.signal;
}
