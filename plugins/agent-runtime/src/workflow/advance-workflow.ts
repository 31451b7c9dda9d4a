import type { Json } from '@agent-factory/sdk';
import {
  compensationOf,
  innerEntries,
  type Citation,
  type RunEvent,
  type RunEventData,
  type RunFailure,
} from '@agent-factory/sdk/domain';
import type { errorTable } from '../errors.ts';
import {
  isStray,
  type ChainState,
  type InnerState,
  type Outcome,
  type StepState,
  type WorkflowState,
} from './workflow-state.ts';

type Code = keyof typeof errorTable;

const mostCitations = 100;

/** Brings the state of a workflow's run one event forward. */
export function advanceWorkflow(state: WorkflowState, event: RunEvent): void {
  switch (event.type) {
    case 'step.started':
      started(state, event.data, event.at);
      break;
    case 'step.retried':
      withStep(state, event.data.path, (step) => {
        step.retryAt = event.data.at;
        step.call = undefined;
        state.doable.delete(step);
        state.waiting.add(step);
      });
      break;
    case 'step.finished': {
      const { path, error, output = null } = event.data;
      withStep(state, path, (step) => endStep(state, step, error ? { error } : { output }));
      break;
    }
    case 'step.skipped':
      withStep(state, event.data.path, (step) => letGo(state, step));
      break;
    case 'route.decided':
      withStep(state, event.data.path, (step) => {
        step.decided = event.data.target;
        state.ready.add(step);
      });
      break;
    case 'tool.started':
      withStep(state, event.data.path, (step) => {
        step.call = { started: event.data, finished: undefined };
      });
      break;
    case 'tool.finished':
      withStep(state, event.data.path, (step) => {
        if (step.call) step.call.finished = event.data;
      });
      if (event.data.citations) cite(state, event.data.citations);
      break;
    case 'child.finished':
      if (event.data.citations) cite(state, event.data.citations);
      break;
    case 'event.received':
      state.unclaimed.push(event.data);
      break;
    default:
  }
}

function cite({ citations }: WorkflowState, found: readonly Citation[]): void {
  citations.push(...found.slice(0, mostCitations - citations.length));
}

function withStep(
  { open }: WorkflowState,
  path: string | undefined,
  change: (step: StepState) => void,
): void {
  const step = path === undefined ? undefined : open.get(path);
  if (step) change(step);
}

function started(
  state: WorkflowState,
  { path, attempt, input, compensates }: RunEventData['step.started'],
  at: number,
): void {
  const again = state.open.get(path);
  if (again) {
    again.attempt = attempt;
    again.retryAt = undefined;
    state.waiting.delete(again);
    state.doable.add(again);
    return;
  }
  const place = compensates === undefined ? placeOf(state, path) : undoPlace(state, path);
  const node = place && state.graph.nodes.get(place.id);
  if (!node) return; // the definition has been checked, so its own events always fit
  const { chain, undoes } = place;
  const isWait = node.type === 'wait' || node.type === 'approval';
  const step: StepState = {
    path,
    node,
    chain,
    undoes,
    input,
    startedAt: at,
    attempt,
    retryAt: undefined,
    outcome: undefined,
    call: undefined,
    decided: undefined,
    inner: innerEntries(node).length > 0 ? emptyInner() : undefined,
  };
  state.open.set(path, step);
  state.begun += 1;
  if (isWait) state.waiting.add(step);
  else if (!step.inner) state.doable.add(step);
  if (node.timeoutMs !== undefined) state.timed.add(step);
  if (undoes) {
    state.undoable.pop();
    return;
  }
  chain.next = undefined;
  state.ready.delete(chain);
  if (step.inner || node.type === 'branch') state.ready.add(step);
}

function emptyInner(): InnerState {
  return {
    chains: new Map(),
    begun: 0,
    outputs: new Map(),
    failure: undefined,
    failures: 0,
    winner: undefined,
  };
}

interface Place {
  readonly id: string;
  readonly chain: ChainState;
  readonly undoes?: StepState;
}

/** The last of those that can be undone is undone first. */
function undoPlace(state: WorkflowState, path: string): Place | undefined {
  const undoes = state.undoable.at(-1);
  const id = undoes && compensationOf(undoes.node);
  return id !== undefined && path === `${undoes?.path}.${id}` && undoes
    ? { id, chain: undoes.chain, undoes }
    : undefined;
}

/** Where a path leads; the chain is begun if it is new. */
function placeOf(state: WorkflowState, path: string): Place | undefined {
  const dot = path.lastIndexOf('.');
  const id = path.slice(dot + 1);
  if (dot < 0) return { id, chain: state.root };
  const around = path.slice(0, dot);
  const [, ownerPath = around, number] = /^(.*)\[(\d+)\]$/.exec(around) ?? [];
  const owner = state.open.get(ownerPath);
  const entry = state.graph.chains.get(id)?.entry;
  if (!owner?.inner || entry === undefined) return undefined;
  const key = number ?? entry;
  const known = owner.inner.chains.get(key);
  if (known) return { id, chain: known };
  const chain: ChainState = {
    prefix: `${around}.`,
    entry,
    owner,
    index: number === undefined ? undefined : Number(number),
    results: { ...owner.chain.results },
    next: undefined,
    outcome: undefined,
  };
  owner.inner.chains.set(key, chain);
  owner.inner.begun += 1;
  return { id, chain };
}

function letGo(state: WorkflowState, step: StepState): void {
  state.open.delete(step.path);
  state.waiting.delete(step);
  state.doable.delete(step);
  state.timed.delete(step);
  state.ready.delete(step);
}

function endStep(state: WorkflowState, step: StepState, outcome: Outcome): void {
  const { chain, node } = step;
  const wasStray = isStray(state, step);
  letGo(state, step);
  step.outcome = outcome;
  if (step.inner && step.inner.chains.size > 0) state.hasStrays = true;
  if (step.undoes) {
    if ('error' in outcome) state.undoFailures.push(outcome.error);
    return;
  }
  const isWell = 'output' in outcome;
  // A result that does not fit is one of something that was done.
  const isDone = isWell || outcome.error.code === ('AF_WORKFLOW_OUTPUT_INVALID' satisfies Code);
  if (isDone && compensationOf(node) !== undefined) state.undoable.push(step);
  if (isWell && 'forEvent' in node) claim(state, node.forEvent);
  if (wasStray) return;
  chain.results[node.id] = isWell ? outcome.output : failed(outcome.error);
  const next = isWell ? wayOn(state, step) : wayOut(step, outcome.error);
  if (next === undefined) return endChain(state, chain, outcome);
  chain.next = next;
  state.ready.add(chain);
}

function wayOn({ graph }: WorkflowState, { node, decided }: StepState): string | undefined {
  if (node.type === 'branch') return decided ?? undefined;
  return graph.edges.get(node.id)?.[0]?.to;
}

/** What ends the workflow as a whole leads nowhere. */
function wayOut({ node }: StepState, { code }: RunFailure): string | undefined {
  return code === ('AF_WORKFLOW_LIMIT_STEPS' satisfies Code) ? undefined : node.onError;
}

function failed({ code, message }: RunFailure): Json {
  return { error: { code, message } };
}

function claim({ unclaimed }: WorkflowState, name: string): void {
  const at = unclaimed.findIndex((one) => one.name === name);
  if (at >= 0) unclaimed.splice(at, 1);
}

function endChain(state: WorkflowState, chain: ChainState, outcome: Outcome): void {
  chain.outcome = outcome;
  const { owner, index, entry } = chain;
  if (!owner?.inner) {
    if (state.open.size > 0) state.hasStrays = true;
    return;
  }
  const { inner } = owner;
  inner.chains.delete(index === undefined ? entry : String(index));
  const key = index ?? entry;
  if ('error' in outcome) {
    const isRace = owner.node.type === 'parallel' && owner.node.join === 'any';
    inner.failures += 1;
    inner.failure = isRace ? outcome.error : (inner.failure ?? outcome.error);
  } else {
    if (owner.node.type === 'loop') inner.outputs.clear(); // only the last round counts
    inner.outputs.set(key, outcome.output);
    inner.winner ??= entry;
    owner.decided = undefined; // the round is over, and the next is to be decided
  }
  state.ready.add(owner);
}
