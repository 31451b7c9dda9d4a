import type { RunEvent, ToolLogLevel } from '@agent-factory/sdk/domain';
import { toolLogLevels } from '@agent-factory/sdk/domain';
import type { LoggingLevel, ServerNotification } from '@modelcontextprotocol/sdk/types.js';

/** What a client wants to be told while a call goes on. */
export interface Wanted {
  /** As the client gave it; without one it is told no progress. */
  readonly progressToken?: string | number | undefined;
  /** The least that it is told of logs; without one it is told none. */
  readonly level?: ToolLogLevel | undefined;
  /** Whether the call is that of a tool, whose own progress counts; else each thing that is done is one step. */
  readonly isTool: boolean;
}

/** Makes what tells a client of a run's events. */
export function createTeller({
  progressToken,
  level,
  isTool,
}: Wanted): (event: RunEvent) => ServerNotification | undefined {
  let last = Number.NEGATIVE_INFINITY;
  const least = level === undefined ? Number.POSITIVE_INFINITY : toolLogLevels.indexOf(level);
  const tellProgress = (
    progress: number,
    more: { total?: number; message?: string },
  ): ServerNotification | undefined => {
    // A tool that is called again says the same again; progress may only grow.
    if (progressToken === undefined || progress <= last) return undefined;
    last = progress;
    return { method: 'notifications/progress', params: { progressToken, progress, ...more } };
  };
  return (event) => {
    const report = event.type === 'tool.reported' ? event.data.report : undefined;
    if (event.type === 'tool.reported' && report?.kind === 'log') {
      if (toolLogLevels.indexOf(report.level) < least) return undefined;
      const params = {
        level: report.level satisfies LoggingLevel,
        logger: event.data.tool,
        data: report.data,
      };
      return { method: 'notifications/message', params };
    }
    if (isTool) {
      if (report?.kind !== 'progress') return undefined;
      const { progress, total, message } = report;
      return tellProgress(progress, {
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      });
    }
    const message = doing(event);
    return message === undefined ? undefined : tellProgress(event.seq, { message });
  };
}

function doing(event: RunEvent): string | undefined {
  if (event.type === 'run.started') return 'Begins to work.';
  if (event.type === 'tool.started') return `Calls the tool ${event.data.tool}.`;
  if (event.type === 'tool.finished') return `The tool ${event.data.tool} has answered.`;
  if (event.type === 'tool.reported' && event.data.report.kind === 'progress') {
    const { progress, total, message } = event.data.report;
    const far = total === undefined ? `${progress}` : `${progress} of ${total}`;
    return `The tool ${event.data.tool} is at ${far}${message === undefined ? '.' : `: ${message}`}`;
  }
  return event.type === 'model.requested' ? `Asks ${event.data.provider}/${event.data.model}.` : undefined;
}
