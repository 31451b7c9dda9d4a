import type { Json } from '@agent-factory/sdk';
import type { Citation, Run, RunFailure, RunSubject, RunWait } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf } from './failure.ts';
import type { RunScope } from './run-scope.ts';

/** A run wanted for a step. */
export interface ChildWish {
  readonly path: string;
  readonly kind: RunSubject['kind'];
  readonly name: string;
  readonly input: Run['input'];
  /** The tool call it answers, where it answers one. */
  readonly callId?: string;
}

/** How a child ended, or that it must be waited for. */
export type ChildEnd =
  | { readonly output: Json; readonly citations: readonly Citation[] }
  | { readonly error: RunFailure }
  | { readonly waits: RunWait };

/**
 * Runs a child for a step, once, whatever happens in between: its id is written before it is started. Its end is
 * written, and not yet committed.
 */
export async function runChild(scope: RunScope, wish: ChildWish): Promise<ChildEnd> {
  const { path, kind, name, input, callId } = wish;
  const { effects, progress } = scope;
  const place = { path, ...(callId !== undefined && { callId }) };
  let child = progress.children.get(path);
  if (!child) {
    const { runId, subject } = await scope.guard(effects.newChild(kind, name, place));
    scope.check();
    scope.emit('child.started', { ...place, runId, subject });
    await scope.commit();
    scope.check();
    child = progress.children.get(path);
  }
  if (!child) throw new Error(`the child of ${path} is not known`); // it was emitted just now
  const { runId, subject } = child;
  if (!child.finished) {
    const run = await effects.runChild({ ...place, runId, subject, input });
    scope.check();
    if (!run) {
      const detail = `The ${subject.kind} "${subject.name}" works on it: run ${runId}.`;
      return { waits: { kind: 'child', runId, path, detail } };
    }
    finish(scope, path, run);
  }
  const { output = null, error, citations = [], status } = child.finished ?? {};
  if (status === 'succeeded') return { output, citations };
  const cancelled = errors.AF_RUN_CHILD_CANCELLED({ run: runId });
  return { error: error ?? failureOf(cancelled, () => cancelled) };
}

function finish(scope: RunScope, path: string, run: Run): void {
  const { id, status, output, error, citations, usage, cost } = run;
  if (status !== 'succeeded' && status !== 'failed' && status !== 'cancelled') return;
  scope.emit('child.finished', {
    path,
    runId: id,
    status,
    ...(output !== undefined && { output }),
    ...(error && { error }),
    ...(citations.length > 0 && { citations }),
    usage,
    ...(cost && { cost }),
  });
}
