import type { Logger } from '@agent-factory/sdk';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LiveRun } from './live-run.ts';
import { pauseRun } from './pause-run.ts';

/** Milliseconds between attempts. */
const againMs = 250;

/**
 * Resolves once nobody else can own the run, or once it was stopped. It takes the time of a request only when the
 * process stood still for so long that the lease may have been lost.
 */
export async function secureLease(live: LiveRun, keeper: LeaseKeeper, log: Logger): Promise<void> {
  while (!live.stop && !live.held.isCertain) {
    try {
      await keeper.renew([live]);
    } catch (error) {
      log.warn('a tool is not called until the lease of its run is sure', {
        run: live.progress.run.id,
        error,
      });
      await pauseRun(live, againMs);
    }
  }
}
