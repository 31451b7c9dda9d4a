import type { Validator } from '@agent-factory/sdk';
import type { CompiledCondition, LanguageModel, ModelTool, SecretStore } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, RunLimits, RunSubject } from '@agent-factory/sdk/domain';
import type { Conditions } from '../condition/conditions.ts';
import type { Guardrails, ReadyGuardrail } from '../guard/guardrails.ts';
import { choicesOf, type ModelChoice } from '../model/model-choice.ts';
import type { LoadedSubject } from '../run/run-executor.ts';
import { readyApproval, type ReadyApproval } from '../tool/approve-call.ts';
import { callersEntry } from '../tool/callers-call.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import { toEntry, type ToolEntry } from '../tool/tool-set.ts';
import { handoffOffer, handoffTypes, transferName } from './handoff-tools.ts';
import { ownTools, type OwnToolParts } from './own-tools.ts';
import { askName, offerOf } from './sub-agents.ts';

/** A hand-off with its expressions compiled. */
interface ReadyHandoff {
  readonly target: string;
  readonly when: CompiledCondition | undefined;
  readonly input: CompiledCondition | undefined;
}

/** An agent with everything that its definition alone decides. */
export interface LoadedAgent extends LoadedSubject {
  readonly definition: AgentDefinition;
  /** In order of preference. */
  readonly choices: readonly ModelChoice[];
  readonly tools: ReadonlyMap<string, ToolEntry>;
  /** Whether a person must allow a call, by tool. */
  readonly approvals: ReadonlyMap<string, ReadyApproval>;
  /** Agents it may ask, by the name of the tool that stands for each. */
  readonly subAgents: ReadonlyMap<string, string>;
  /** Agents to which its model may hand over, by the name of the tool that stands for each. */
  readonly transfers: ReadonlyMap<string, ReadyHandoff>;
  /** Those to which it hands over when a condition holds, in order. */
  readonly conditional: readonly ReadyHandoff[];
  readonly guardrails: readonly ReadyGuardrail[];
  /** Checks its answer, where it has a schema. */
  readonly checkOutput: Validator | undefined;
  readonly offers: readonly ModelTool[];
  readonly limits: RunLimits & {
    readonly turns: number;
    readonly timeMs: number;
    readonly toolCalls: number;
  };
}

/** For how long an agent tells of other agents and knowledge bases what they said they are for. */
const descriptionsForMs = 30_000;
const defaultLimits = { turns: 12, timeMs: 300_000, toolCalls: 64 };

/** What agents are made ready with, and checked against. */
export interface AgentSurroundings extends OwnToolParts {
  readonly toolBox: ToolBox;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly conditions: Conditions;
  readonly guardrails: Guardrails;
  readonly hasMemory: boolean;
  /** Whose names tools need. */
  readonly secrets: SecretStore | undefined;
  /** What the agent of that name is for, as it says now. */
  readonly describe: (tenant: string, agent: string) => Promise<string | undefined>;
}

/** Makes an agent of a definition that was checked. Tools that are not there (any more) are left out. */
export async function loadAgent(
  definition: AgentDefinition,
  subject: RunSubject,
  tenant: string,
  surroundings: AgentSurroundings,
): Promise<LoadedAgent> {
  const { toolBox, conditions, describe, validator } = surroundings;
  const tools = new Map<string, ToolEntry>();
  const approvals = new Map<string, ReadyApproval>();
  const take = async (entry: ToolEntry): Promise<void> => {
    const { name } = entry.tool;
    tools.set(name, entry);
    const rule = definition.approvals?.[name] ?? definition.approvals?.['*'] ?? entry.tool.approval;
    const approval = await readyApproval(rule, entry.tool.input, conditions);
    if (approval) approvals.set(name, approval);
  };
  for (const name of definition.tools ?? []) {
    const entry = await toolBox.find(tenant, name);
    if (entry) await take(entry);
  }
  for (const tool of await ownTools(definition, tenant, surroundings)) {
    const { tryOut } = tool;
    await take({ ...toEntry(tool, validator), ...(tryOut && { tryOut }) });
  }
  for (const tool of definition.callerTools ?? []) await take(callersEntry(tool));
  const offers = [...tools.values()].map(({ offer }) => offer);
  const subAgents = new Map<string, string>();
  for (const name of definition.agents ?? []) {
    subAgents.set(askName(name), name);
    offers.push(offerOf(name, await describe(tenant, name)));
  }
  const transfers = new Map<string, ReadyHandoff>();
  const conditional: ReadyHandoff[] = [];
  for (const { target, when, input, description } of definition.handoffs ?? []) {
    const ready: ReadyHandoff = {
      target,
      when: when === undefined ? undefined : await conditions.expression(when, handoffTypes('boolean')),
      input: input === undefined ? undefined : await conditions.expression(input, handoffTypes('any')),
    };
    if (ready.when) {
      conditional.push(ready);
      continue;
    }
    transfers.set(transferName(target), ready);
    offers.push(handoffOffer(target, description ?? (await describe(tenant, target))));
  }
  const { knowledge = [], agents = [], handoffs = [] } = definition;
  const tellsOfOthers = knowledge.length > 0 || agents.length > 0 || handoffs.length > 0;
  return {
    definition,
    subject,
    ...(tellsOfOthers && { goodForMs: descriptionsForMs }),
    choices: choicesOf(definition.model),
    tools,
    approvals,
    subAgents,
    transfers,
    conditional,
    guardrails: await surroundings.guardrails.prepare(definition.guardrails ?? []),
    checkOutput: definition.output && validator(definition.output),
    offers,
    limits: { ...defaultLimits, ...definition.limits },
  };
}
