import { createHash } from 'node:crypto';
import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import {
  followRun,
  openWaits,
  type AgentRuntime,
  type HttpRequest,
  type OpenWait,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import {
  answerOf,
  type AgentDefinition,
  type Run,
  type RunEvent,
  type Usage,
} from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import { callIdOf, callOf, runRequestOf, type Wish } from './wish.ts';

/** A call that the caller is asked to make. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** What an answer is made of, as it comes. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'end'; readonly calls: readonly WantedCall[]; readonly usage: Usage; readonly run: Run };

/** An answer under way. */
export interface Answer {
  readonly run: Run;
  /** Ends with an `end`; throws what a client is told. */
  readonly pieces: AsyncIterable<Piece>;
}

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/** Begins a run, or goes on with the one that waits for the results that were sent. */
export async function beginAnswer(
  runtime: AgentRuntime,
  wish: Wish,
  { principal, headers, signal, trace }: Pick<HttpRequest, 'principal' | 'headers' | 'signal' | 'trace'>,
): Promise<Answer> {
  const runs = runtime.tenant(principal.tenant);
  if (wish.results.length > 0) {
    const before = await tellResults(runs, wish, principal.id);
    return { run: before, pieces: piecesOf(runs, before, before, wish, signal) };
  }
  const metadata = { ...wish.metadata, askedBy: principal.id };
  const key = ownKey(principal.id, headers['idempotency-key']);
  const run = await start(runs, { ...wish, metadata }, key, trace);
  const pieces = piecesOf(runs, run, undefined, wish, signal);
  // Nobody reads a stream whose client has left by now, and the run is to be cancelled all the same.
  if (signal.aborted) await pieces.next();
  return { run, pieces };
}

/** A key is its sender's alone: another's of the same name must not give the run, and the answer, of the first. */
function ownKey(by: string, key: string | undefined): string | undefined {
  if (key === undefined || key === '') return key; // an empty one is refused
  return createHash('sha256')
    .update(JSON.stringify([by, key]))
    .digest('hex');
}

async function start(
  runs: TenantRuntime,
  wish: Wish,
  key: string | undefined,
  trace: HttpRequest['trace'],
): Promise<Run> {
  try {
    return await runs.start({ ...runRequestOf(wish, key), ...(trace && { trace }) });
  } catch (error) {
    const unknown = ['AF_AGENT_UNKNOWN', 'AF_ROUTER_UNKNOWN', 'AF_WORKFLOW_UNKNOWN'] as const;
    if (!unknown.some((code) => isAgentFactoryError(error, code))) throw error;
    throw errors.AF_OPENAI_MODEL_UNKNOWN({ model: wish.model.slice(0, 80) }, { cause: error });
  }
}

/**
 * Tells runs what came of the calls they wait for: the one that was begun, and those that it began. Gives that one as it
 * stood before. What was told before is told again and changes nothing, so that a request that broke off may be sent anew.
 */
async function tellResults(runs: TenantRuntime, { results }: Wish, by: string): Promise<Run> {
  const told = results.map(({ id, output }) => ({ id, output, of: callOf(id) }));
  const unknown = (call: string): Error => errors.AF_OPENAI_CALL_UNKNOWN({ call: call.slice(0, 100) });
  let run: Run;
  try {
    run = await begunRun(runs, told[0]?.of?.runId ?? '');
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_RUN_NOT_FOUND')) throw error;
    throw unknown(told[0]?.id ?? '');
  }
  // Only what this door asked this caller for: other decisions are for people with the permission to make them.
  const asked = new Set(wantedOf(await openWaits(runs, run)).map(({ id }) => id));
  const isTheirs = run.metadata?.['askedBy'] === by;
  for (const { id, of } of told)
    if (!isTheirs || !of || !(asked.has(id) || (await wasTold(runs, run, of, id)))) throw unknown(id);
  for (const { of, output, id } of told)
    await runs.decide(of?.runId ?? '', { callId: of?.callId ?? '', outcome: 'done', output, by, id });
  return run;
}

/** The run that was begun by a request, of one that it began or of itself. */
async function begunRun(runs: TenantRuntime, runId: string): Promise<Run> {
  let run = await runs.get(runId);
  while (run.parent) run = await runs.get(run.parent.runId);
  return run;
}

/** Whether a run, or one that it began, was told what came of a call in a request before this one. */
async function wasTold(
  runs: TenantRuntime,
  run: Run,
  { runId, callId }: NonNullable<ReturnType<typeof callOf>>,
  id: string,
): Promise<boolean> {
  try {
    if ((await begunRun(runs, runId)).id !== run.id) return false;
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_RUN_NOT_FOUND')) throw error;
    return false;
  }
  const { lastSeq } = await runs.get(runId);
  for await (const { type, data, seq } of runs.events(runId)) {
    if (type === 'decision.resolved' && data.callId === callId && data.id === id) return true;
    if (seq >= lastSeq) return false;
  }
  return false;
}

/** The calls of the caller's tools among what is waited for. */
function wantedOf(open: readonly OpenWait[]): readonly WantedCall[] {
  return open.flatMap(({ run: { id }, wait }) =>
    wait.kind === 'decision' && wait.input !== undefined
      ? [{ id: callIdOf(id, wait.callId), name: wait.tool, arguments: JSON.stringify(wait.input) }]
      : [],
  );
}

async function* piecesOf(
  runs: TenantRuntime,
  { id, lastSeq, subject }: Run,
  before: Run | undefined,
  wish: Wish,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const said = new SaidText(wish.output !== undefined || (await hasSchema(runs, subject)));
  for await (const event of followRun(runs, id, { after: before ? lastSeq : 0, signal })) {
    const text = said.take(event);
    if (text !== '') yield { type: 'text', text };
  }
  const run = await runs.get(id);
  const open = await openWaits(runs, run);
  const calls = wantedOf(open);
  check(run, open, calls);
  const rest = calls.length > 0 ? '' : said.rest(answerOf(run));
  if (rest !== '') yield { type: 'text', text: rest };
  yield { type: 'end', calls, usage: usageSince(run.usage, before?.usage ?? noUsage), run };
}

/** Whether an agent answers to a schema of its own. */
async function hasSchema({ definitions }: TenantRuntime, { kind, name }: Run['subject']): Promise<boolean> {
  if (kind !== 'agent') return false;
  try {
    const { definition } = await definitions.get('agent', name);
    return (definition as AgentDefinition).output !== undefined; // of that kind
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_AGENT_UNKNOWN')) throw error;
    return true; // it is gone, and nobody knows
  }
}

/** Throws what is said of a run that has no answer. */
function check(run: Run, open: readonly OpenWait[], calls: readonly WantedCall[]): void {
  if (run.status === 'succeeded' || calls.length > 0) return;
  if (run.status === 'waiting') {
    const detail = open.map(({ wait }) => wait.detail).join(' ');
    throw errors.AF_OPENAI_WAITS({ run: open[0]?.run.id ?? run.id, detail });
  }
  if (!run.error) throw errors.AF_OPENAI_RUN_CANCELLED({ run: run.id });
  const { code, message, fix, retryable } = run.error;
  const told = { run: run.id, code, reason: message, mend: fix };
  throw retryable ? errors.AF_OPENAI_RUN_BROKE(told) : errors.AF_OPENAI_RUN_FAILED(told);
}

/** What of an answer a client has been given, turn by turn. */
class SaidText {
  readonly #held: boolean;
  #turn = '';
  #all = '';

  /** `held`: nothing is given before the end, since an answer to a schema may be asked for again. */
  constructor(held: boolean) {
    this.#held = held;
  }

  take(event: RunEvent): string {
    // A question with a path is a guardrail's or a condition's, and begins no turn.
    if (event.type === 'model.requested' && event.data.path === undefined) this.#turn = '';
    if (event.type !== 'message.delta' || this.#held) return '';
    const gap = this.#turn === '' && this.#all !== '' ? '\n\n' : '';
    this.#turn += event.data.text;
    this.#all += gap + event.data.text;
    return gap + event.data.text;
  }

  /** What is missing of the whole; all of it where something else was said before, or guardrails changed it. */
  rest(whole: string): string {
    if (whole.startsWith(this.#turn)) return whole.slice(this.#turn.length);
    return `\n\n${whole}`;
  }
}

function usageSince(now: Usage, before: Usage): Usage {
  const less = (key: keyof Usage): number => Math.max((now[key] ?? 0) - (before[key] ?? 0), 0);
  return {
    inputTokens: less('inputTokens'),
    outputTokens: less('outputTokens'),
    cachedInputTokens: less('cachedInputTokens'),
    reasoningTokens: less('reasoningTokens'),
  };
}

/** All of an answer at once. */
export async function wholeAnswer({
  pieces,
}: Answer): Promise<Piece & { readonly type: 'end' } & { readonly text: string }> {
  let text = '';
  for await (const piece of pieces) {
    if (piece.type === 'end') return { ...piece, text: piece.calls.length > 0 ? text : answerOf(piece.run) };
    text += piece.text;
  }
  throw new Error('an answer ends with its end'); // piecesOf sees to it
}

/** A value as a JSON body; interfaces lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // they hold JSON alone
}
