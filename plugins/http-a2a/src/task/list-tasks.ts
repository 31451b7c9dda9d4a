import type { Json, JsonObject } from '@agent-factory/sdk';
import type { TenantRuntime } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { jsonOf, type TaskState } from '../wire.ts';
import { isOwn, type TaskOwner } from './own-task.ts';
import { stateOf, viewOf, type RunView } from './run-view.ts';
import { taskOf } from './task.ts';

/** Of the runs of an agent so many are looked at, the newest. */
const mostRuns = 1000;
const pageOfRuns = 200;

/** Params of ListTasks, as its schema says. */
export interface ListParams {
  readonly contextId?: string;
  readonly status?: TaskState | 'TASK_STATE_UNSPECIFIED';
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly historyLength?: number;
  readonly statusTimestampAfter?: string | null;
  readonly includeArtifacts?: boolean;
}

/** Somebody's tasks with an agent, those that changed last first. */
export async function listTasks(
  runs: Pick<TenantRuntime, 'get' | 'events' | 'list'>,
  owner: TaskOwner,
  params: ListParams,
): Promise<JsonObject> {
  const { contextId = '', status = 'TASK_STATE_UNSPECIFIED', pageSize = 50, pageToken = '' } = params;
  const since = timeOf(params.statusTimestampAfter ?? undefined);
  const found: RunView[] = [];
  for await (const run of newestRuns(runs, owner.agent)) {
    if (!isOwn(run, owner) || (contextId !== '' && run.session !== contextId)) continue;
    const view = await viewOf(runs, run, owner.principal);
    if (view.at < since || (status !== 'TASK_STATE_UNSPECIFIED' && stateOf(view) !== status)) continue;
    found.push(view);
  }
  found.sort((one, other) => other.at - one.at || (one.run.id < other.run.id ? 1 : -1));
  const after = pageToken === '' ? undefined : placeOf(pageToken);
  const rest = after ? found.filter((view) => isBehind(view, after)) : found;
  const page = rest.slice(0, pageSize);
  const last = rest.length > page.length ? page.at(-1) : undefined;
  const { historyLength, includeArtifacts = false } = params;
  return {
    tasks: page.map((view): Json => {
      const { artifacts = [], ...task } = taskOf(view, historyLength === undefined ? {} : { historyLength });
      return jsonOf(includeArtifacts ? { ...task, artifacts } : task);
    }),
    nextPageToken: last ? tokenOf(last) : '',
    pageSize,
    totalSize: found.length,
  };
}

async function* newestRuns(runs: Pick<TenantRuntime, 'list'>, agent: string): AsyncGenerator<Run> {
  let before: string | undefined;
  for (let seen = 0; seen < mostRuns; seen += pageOfRuns) {
    const page = await runs.list({
      subject: { kind: 'agent', name: agent },
      limit: pageOfRuns,
      ...(before !== undefined && { before }),
    });
    yield* page;
    before = page.at(-1)?.id;
    if (page.length < pageOfRuns) return;
  }
}

/** A place in the list: the last task of a page. */
interface Place {
  readonly at: number;
  readonly id: string;
}

function isBehind({ at, run }: RunView, place: Place): boolean {
  return at < place.at || (at === place.at && run.id < place.id);
}

function tokenOf({ at, run }: RunView): string {
  return Buffer.from(`${at} ${run.id}`).toString('base64url');
}

function placeOf(token: string): Place {
  const [, at, id] = /^(\d{1,15}) (\w+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined)
    throw errors.AF_A2A_PARAMS({ list: '"pageToken" is none of this list' });
  return { at: Number(at), id };
}

function timeOf(text: string | undefined): number {
  const time = text === undefined || text === '' ? 0 : Date.parse(text);
  if (Number.isNaN(time))
    throw errors.AF_A2A_PARAMS({ list: '"statusTimestampAfter" is no time of ISO 8601' });
  return time;
}
