import type { JsonObject } from '@agent-factory/sdk';
import type {
  BeforeModel,
  BeforeTool,
  ChoiceDecision,
  ConditionServices,
  Conversation,
  ConversationSummary,
  GuardrailSubject,
  MemoryOwner,
  MemoryWindow,
  ModelRequest,
  ModelResponse,
  NewFact,
  SqlStatement,
} from '@agent-factory/sdk/contracts';
import type { GuardrailVerdict, Message, Run, RunSubject } from '@agent-factory/sdk/domain';
import type { ReadyChoice } from '../condition/condition-compiler.ts';
import type { ReadyGuardrail } from '../guard/guardrails.ts';
import type { ChosenModel, ModelChoice } from '../model/model-choice.ts';
import type { CallDialogue } from '../tool/call-dialogue.ts';
import type { CallOutcome } from '../tool/run-tool.ts';
import type { ToolEntry } from '../tool/tool-set.ts';
import type { LoadedSubject } from './run-executor.ts';

/** A question to a model, its intent already in the journal. */
interface ModelCall {
  readonly chosen: ChosenModel;
  readonly request: ModelRequest;
  readonly turn: number;
  readonly path?: string;
  /** Its pieces are not shown, even where the run is streamed. */
  readonly quiet?: boolean;
}

/** A model's answer with what is known of the call. */
interface AnsweredCall {
  readonly response: ModelResponse;
  readonly durationMs: number;
  /** Billionths of a US dollar; `undefined` where the price is not known. */
  readonly costNanoUsd: number | undefined;
}

/** A call of a tool, its intent already in the journal. */
export interface ToolEffectCall {
  readonly entry: ToolEntry;
  readonly input: JsonObject;
  readonly callId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Milliseconds it may take. Default as the tool says. */
  readonly timeoutMs?: number;
  /** Aborted when nobody needs the result any more. */
  readonly signal?: AbortSignal;
  readonly dialogue: CallDialogue;
}

/** What a run is started for: a step, or a tool call. */
export interface ChildPlace {
  readonly path: string;
  readonly callId?: string;
}

/** Messages that a summary is to stand for. */
interface OldConversation {
  readonly summary: string | undefined;
  readonly messages: readonly Message[];
  /** Number of the last of them. */
  readonly upTo: number;
}

/** What a guardrail may use while it looks, and the path under which the journal has what it asks. */
export interface GuardrailAsking {
  readonly path: string;
  /** The turn it looks at; 0 before the first. */
  readonly turn: number;
  /** The message it looks at, where that is another one than the last of the user. */
  readonly message?: number | undefined;
  readonly services: ConditionServices;
}

/** A run to be started for a step; its id is in the journal already. */
export interface ChildCall extends ChildPlace {
  readonly runId: string;
  readonly subject: RunSubject;
  readonly input: Run['input'];
}

/**
 * The gate through which an executor reaches everything that is not known beforehand. Whoever calls it writes the
 * intent into the journal first and the result after; a replay gives back what the journal holds.
 */
export interface RunEffects {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after that time, or when the run is stopped or `signal` aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** The first model, from place `from` on, that can answer. */
  chooseModel(choices: readonly ModelChoice[], from: number): ChosenModel | undefined;
  /** Lets plugins look at a question, or change it. */
  prepareModel(request: BeforeModel): Promise<BeforeModel>;
  /** Asks; a streamed run's pieces are written as events while they come. Rejects with the model's error. */
  askModel(call: ModelCall): Promise<AnsweredCall>;
  /** The tool of that name, for that call, as it is now; `undefined` when there is none (any more). */
  tool(name: string, callId: string): Promise<ToolEntry | undefined>;
  /** Lets plugins look at a tool call, or change its input; rejects when one refuses it. */
  prepareTool(wish: BeforeTool, callId: string): Promise<JsonObject>;
  /** Calls; never rejects. `undefined` when the run was stopped first: then nothing is known. */
  callTool(call: ToolEffectCall): Promise<{ readonly outcome: CallOutcome; readonly durationMs: number }>;
  /** Has a guardrail look at something; rejects when it does not work. */
  checkGuardrail(
    guardrail: ReadyGuardrail,
    subject: GuardrailSubject,
    callId: string | undefined,
    asking: GuardrailAsking,
  ): Promise<GuardrailVerdict>;
  /** Has an evaluator choose a way; `path` is what its event will name. */
  choose(
    choice: ReadyChoice,
    variables: JsonObject,
    path: string,
    services: ConditionServices,
  ): Promise<ChoiceDecision>;
  /** What is executed under a name, exactly, as it is now; it is kept. Rejects when there is no such thing. */
  resolve(kind: RunSubject['kind'], name: string): Promise<RunSubject>;
  /** A definition made ready, as it was. */
  load(subject: RunSubject): Promise<LoadedSubject>;
  /** How the provider holds a model to a schema. */
  structuredOutput(choice: ModelChoice): Promise<'native' | 'prompted' | 'none'>;
  /** What is kept of a conversation. */
  readConversation(session: string, window: MemoryWindow): Promise<Conversation>;
  /**
   * Adds to a conversation what is not there yet, once everything before it is durable, and gives the number of its last
   * message; or gives what is to be written along with the event that tells of it.
   */
  addToConversation(
    session: string,
    messages: readonly Message[],
    options: { readonly ttlMs?: number },
  ): Promise<{ readonly seq: number } | { readonly along: readonly SqlStatement[] }>;
  /** What is to be summed up: all but the newest `keep`, once there are more than `after`. */
  oldConversation(
    session: string,
    rule: { readonly after: number; readonly keep: number },
  ): Promise<OldConversation | undefined>;
  /** Puts a summary in the place of older messages. */
  summarise(session: string, summary: ConversationSummary): Promise<void>;
  /** Remembers something; again under the same id replaces it. */
  remember(owner: MemoryOwner, fact: NewFact): Promise<void>;
  /** One vector for each text, by `provider/model`. */
  embed(model: string, texts: readonly string[]): Promise<readonly (readonly number[])[]>;
  /** An id for a run to be started, and what it will execute, exactly; rejects when there is no such thing. */
  newChild(
    kind: RunSubject['kind'],
    name: string,
    place: ChildPlace,
  ): Promise<{ readonly runId: string; readonly subject: RunSubject }>;
  /**
   * Starts the run, or finds it if it was started before, and gives it once it has ended. `undefined` when it waits, or
   * others work on it: then this run should wait for it too.
   */
  runChild(call: ChildCall): Promise<Run | undefined>;
  /** Has a run ended that this one started; resolves once that is on its way. Never rejects. */
  cancelChild(runId: string): Promise<void>;
  /** Whether a run in which nothing can be done is put down, where something happens by itself in `ms`. */
  rests(ms: number | undefined): boolean;
}
