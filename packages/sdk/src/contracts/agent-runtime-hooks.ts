import type { RunEvent } from '../domain/event.ts';
import type { Run } from '../domain/run.ts';
import { defineHook, defineSyncHook, type Hook } from '../hook.ts';
import type { JsonObject } from '../json.ts';
import type { ModelRequest } from './language-model.ts';
import type { SqlStatement } from './storage.ts';

/** A question about to be put to a model, and whose it is. */
export interface BeforeModel extends ModelRequest {
  readonly runId: string;
  /** Name of the agent. */
  readonly agent: string;
}

/** A tool call about to be made, its input already checked. */
export interface BeforeTool {
  readonly runId: string;
  /** Name of the agent. */
  readonly agent: string;
  /** Name of the tool. Fixed: a changed name is ignored. */
  readonly tool: string;
  /** A changed input is checked against the tool's schema again. */
  readonly input: JsonObject;
}

/**
 * Before each call of a model; a tap may return a changed request. A tap that throws fails the run with the
 * error it threw.
 *
 * @example
 * ```ts
 * export default definePlugin({
 *   setup(ctx) {
 *     ctx.tap(beforeModel, (request) => ({ ...request, temperature: 0 }));
 *   },
 * });
 * ```
 */
export const beforeModel: Hook<BeforeModel, BeforeModel, 'waterfall', 'async'> = defineHook<
  BeforeModel,
  BeforeModel,
  'waterfall'
>({ id: 'agent-runtime.beforeModel', kind: 'waterfall' });

/**
 * Before each tool call; a tap may return a changed input. A tap that throws refuses the call: the model is told
 * why, and the run goes on.
 */
export const beforeTool: Hook<BeforeTool, BeforeTool, 'waterfall', 'async'> = defineHook<
  BeforeTool,
  BeforeTool,
  'waterfall'
>({ id: 'agent-runtime.beforeTool', kind: 'waterfall' });

/** A run about to end, or to wait: the event that says so is on its way into the journal. */
export interface BeforeSettle {
  readonly tenant: string;
  /** `run.succeeded`, `run.failed`, `run.cancelled` or `run.waiting`. */
  readonly event: RunEvent;
  /** The run after it. */
  readonly run: Run;
  /** Written on the tenant's database in the same transaction as the event; taps add to it. */
  readonly along: readonly SqlStatement[];
}

/**
 * Before a run ends or begins to wait. A tap may return the same with more statements in `along`: they are written if and
 * only if the event is; whatever else it changes is ignored. Whoever adds a statement knows that nothing can stand against
 * it, for one that fails has the event refused. A tap that throws is left out.
 *
 * @example
 * ```ts
 * export default definePlugin({
 *   setup(ctx) {
 *     const sql = 'INSERT INTO af_tally_ends (run_id, type) VALUES (?, ?)';
 *     ctx.tap(beforeSettle, (settle) => {
 *       const { runId, type } = settle.event;
 *       return { ...settle, along: [...settle.along, { sql, params: [runId, type] }] };
 *     });
 *   },
 * });
 * ```
 */
export const beforeSettle: Hook<BeforeSettle, BeforeSettle, 'waterfall', 'sync'> = defineSyncHook<
  BeforeSettle,
  BeforeSettle,
  'waterfall'
>({ id: 'agent-runtime.beforeSettle', kind: 'waterfall', onError: 'isolate' });

/** After each event of a run became durable, in order, in the process that wrote it. The run does not wait for it. */
export const onEvent: Hook<RunEvent, void, 'series', 'async'> = defineHook<RunEvent, void, 'series'>({
  id: 'agent-runtime.onEvent',
  kind: 'series',
  onError: 'isolate',
});

/** A run on which work has stopped for now or for good, and whose it is. */
export interface SettledRun {
  readonly tenant: string;
  /** As it stands: it has ended, or it waits. */
  readonly run: Run;
}

/**
 * After a run has ended or begun to wait, in the process that wrote so; for what looks at it from then on. A process that
 * dies in between tells nobody.
 */
export const onSettled: Hook<SettledRun, void, 'series', 'sync'> = defineSyncHook<SettledRun, void, 'series'>(
  { id: 'agent-runtime.onSettled', kind: 'series', onError: 'isolate' },
);
