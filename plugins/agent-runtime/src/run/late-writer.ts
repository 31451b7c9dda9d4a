/** What has events to write. */
interface Writer {
  commit(): Promise<void>;
}

/** Has runs write their events a little later, those of many runs at the same moment. */
export interface LateWriter {
  add(run: Writer): void;
  /** The run wrote its events itself. */
  remove(run: Writer): void;
}

/**
 * Milliseconds that events may wait for others. A model takes hundreds; whatever answers sooner shares one write with
 * what it was asked.
 */
const lateMs = 5;

/** Creates the writer. */
export function createLateWriter(): LateWriter {
  const waiting = new Set<Writer>();
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    timer = undefined;
    const due = [...waiting];
    waiting.clear();
    for (const run of due) run.commit().catch(() => {}); // a failed commit stops the run
  };
  return {
    add(run) {
      waiting.add(run);
      timer ??= setTimeout(write, lateMs);
    },
    remove(run) {
      if (!waiting.delete(run) || waiting.size > 0) return;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
