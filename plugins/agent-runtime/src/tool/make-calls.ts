import type { RunScope } from '../run/run-scope.ts';
import { runChild } from '../run/start-child.ts';
import { finish, placeOf, refuse } from './call-end.ts';
import { askStarter, dialogueOf, openQuestion } from './call-dialogue.ts';
import { askCaller, settleCallers } from './callers-call.ts';
import { isRepeatable, onlyReads, type CallEnd, type CallWish } from './call-wish.ts';
import { prepareCall, type ReadyCall, type ReadyChild } from './prepare-call.ts';
import { finishChecked, settleWithheld } from './checked-result.ts';
import { settleUnknown } from './unknown-call.ts';

/**
 * Makes calls at the same time; gives how each ended, in their order. The intents of all are written together before
 * the first is made; each result is written as it comes, except the last, which goes together with what follows from
 * it: commit before the next effect. Where all of them only read, soon is enough. A call that was in flight when the
 * platform stopped is made again if its tool allows it; else it waits for a person. Calls of the caller's own tools wait
 * for the caller.
 */
export async function makeCalls(scope: RunScope, wishes: readonly CallWish[]): Promise<readonly CallEnd[]> {
  const ends = new Map<CallWish, CallEnd>();
  const ready: CallWish[] = [];
  for (const wish of wishes) {
    const withheld = settleWithheld(scope, wish);
    if (withheld) {
      ends.set(wish, withheld);
      continue;
    }
    const question = openQuestion(scope, wish);
    if (question) {
      ends.set(wish, { waits: question });
      continue;
    }
    const isUnknown = wish.attempt > 0 && !isRepeatable(wish.entry?.tool.effect);
    const settled = wish.entry?.isCallers ? await settleCallers(scope, wish) : undefined;
    const end = settled ?? (isUnknown ? settleUnknown(scope, wish) : undefined);
    if (end) ends.set(wish, end);
    else ready.push(wish);
  }
  const prepared = await Promise.all(ready.map((wish) => prepareCall(scope, wish)));
  scope.check();
  const started: ReadyCall[] = [];
  const children: ReadyChild[] = [];
  for (const one of prepared) {
    if ('refused' in one) {
      ends.set(one.wish, finish(scope, one.wish, { error: one.refused }, 0));
    } else if ('waits' in one) {
      ends.set(one.wish, { waits: one.waits });
    } else if ('child' in one) {
      children.push(one);
    } else if (one.entry.isCallers) {
      ends.set(one.wish, { waits: askCaller(scope, one.wish, one.input) });
    } else {
      emitStart(scope, one, one.wish.attempt + 1);
      started.push(one);
    }
  }
  if (started.length + children.length > 0) {
    const isHarmless = children.length === 0 && started.every(({ entry }) => onlyReads(entry.tool.effect));
    const write = (): Promise<void> => (isHarmless ? scope.commitSoon() : scope.commit());
    await write();
    scope.check();
    let open = started.length + children.length;
    const end = async (wish: CallWish, work: Promise<CallEnd>): Promise<void> => {
      const how = await work;
      ends.set(wish, how);
      open -= 1;
      if (how && open > 0) await write();
    };
    await Promise.all([
      ...started.map((call) => end(call.wish, makeCall(scope, call))),
      ...children.map((call) => end(call.wish, askChild(scope, call))),
    ]);
    scope.check();
  }
  return wishes.map((wish) => ends.get(wish));
}

/** Has a run answer a call. */
async function askChild(scope: RunScope, { wish, child, input }: ReadyChild): Promise<CallEnd> {
  const { kind, name, path } = child;
  const { callId } = wish;
  try {
    const end = await runChild(scope, { kind, name, path, callId, input: child.inputOf(input) });
    const durationMs = scope.progress.at - (scope.progress.children.get(path)?.at ?? scope.progress.at);
    if ('waits' in end) return end;
    if ('error' in end) return finish(scope, wish, end, durationMs);
    const { output, citations } = end;
    return finish(scope, wish, { output, written: JSON.stringify(output), citations }, durationMs);
  } catch (error) {
    scope.check();
    return refuse(scope, wish, error);
  }
}

/** Makes a call, and again when it failed in a way that may pass and its tool allows it. */
async function makeCall(scope: RunScope, call: ReadyCall): Promise<CallEnd> {
  const { wish, entry, input } = call;
  const { callId, idempotencyKey, timeoutMs, signal } = wish;
  const { maxAttempts = 1, delayMs = 1000, factor = 2 } = entry.tool.retry ?? {};
  for (let attempt = wish.attempt + 1, tried = 1; ; attempt += 1, tried += 1) {
    const { outcome, durationMs } = await scope.effects.callTool({
      entry,
      input,
      callId,
      idempotencyKey,
      attempt,
      dialogue: dialogueOf(scope, wish),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal && { signal }),
    });
    if (!outcome || scope.stop) return undefined;
    if ('asks' in outcome) return { waits: askStarter(scope, wish, outcome) };
    const again =
      'error' in outcome &&
      outcome.error.retryable &&
      tried < maxAttempts &&
      isRepeatable(entry.tool.effect) &&
      !signal?.aborted;
    if (!again) return finishChecked(scope, wish, outcome, durationMs);
    const wait = delayMs * factor ** (tried - 1);
    scope.emit('tool.retried', { ...placeOf(wish), error: outcome.error, delayMs: wait });
    await scope.commit();
    await scope.effects.pause(wait);
    scope.check();
    emitStart(scope, call, attempt + 1);
    await scope.commit();
    scope.check();
  }
}

function emitStart(scope: RunScope, { wish, input }: ReadyCall, attempt: number): void {
  const { idempotencyKey } = wish;
  scope.emit('tool.started', { ...placeOf(wish), input, idempotencyKey, attempt });
}
