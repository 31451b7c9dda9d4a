import type { RunWait } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import { finish } from './call-end.ts';
import type { CallEnd, CallWish } from './call-wish.ts';

/**
 * A call was in flight when the platform stopped, and its tool does not allow it to be repeated: a person is asked what
 * became of it. `undefined` when the person said that it is to be repeated.
 */
export function settleUnknown(scope: RunScope, wish: CallWish): CallEnd {
  const { callId, tool, path } = wish;
  const known = scope.progress.decisions.get(callId);
  const { asked, resolved } = known && !known.isUsed ? known : {};
  if (resolved?.outcome === 'repeat') return undefined;
  if (resolved?.outcome === 'done') {
    const { output = null } = resolved;
    return finish(scope, wish, { output, written: JSON.stringify(output) }, 0);
  }
  if (resolved) {
    const error = errors.AF_TOOL_OUTCOME_UNKNOWN({ tool });
    return finish(scope, wish, { error: failureOf(error, () => error) }, 0);
  }
  const detail =
    asked?.detail ??
    `The platform stopped while "${tool}" was at work. Whether the change was made is not known, so the call is ` +
      'not repeated. A person has to look and say what became of it; until then the run can be cancelled.';
  const where = path === undefined ? {} : { path };
  if (!asked) scope.emit('decision.requested', { callId, tool, ...where, detail });
  const waits: RunWait = { kind: 'decision', callId, tool, ...where, detail };
  return { waits };
}
