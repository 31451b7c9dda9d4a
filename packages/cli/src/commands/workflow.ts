import type { Kernel } from '@agent-factory/kernel';
import type { Json } from '@agent-factory/sdk';
import { defaultTenant, type TenantDefinitions } from '@agent-factory/sdk/contracts';
import {
  routerDiagram,
  toGraphviz,
  toMermaid,
  workflowDiagram,
  type Router,
  type Workflow,
} from '@agent-factory/sdk/domain';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { print, table } from '../terminal.ts';
import type { ListOptions } from './lists.ts';
import { runTarget, type RunOptions } from './run.ts';

type Kind = 'workflow' | 'router';

/** Options of `diagram`. */
export interface DiagramOptions extends CommonOptions {
  /** Default `mermaid`. */
  readonly format?: 'mermaid' | 'graphviz';
}

function definitionsOf(kernel: Kernel): TenantDefinitions {
  return runtimeOf(kernel).tenant(defaultTenant).definitions;
}

/** `agent-factory workflow list`: those that can be run. */
export async function listGraphs(kind: Kind, options: ListOptions): Promise<void> {
  const kept = await withPlatform(options, (kernel) => definitionsOf(kernel).list(kind));
  // Definitions of a kind fit its schema.
  const all = kept.map(({ definition }) => definition as Workflow | Router);
  if (options.json) return print(JSON.stringify(all, null, 2));
  if (all.length === 0)
    return print(`No ${kind}s are defined. Put one into the "${kind}sDir" of agent-runtime.`);
  const rows = all.map(({ name, version, description = '' }) => [name, version, description]);
  for (const line of table([[kind.toUpperCase(), 'VERSION', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory workflow show <name>`: its definition. */
export async function showGraph(kind: Kind, name: string, options: CommonOptions): Promise<void> {
  const { definition } = await withPlatform(options, (kernel) => definitionsOf(kernel).get(kind, name));
  print(JSON.stringify(definition, null, 2));
}

/** `agent-factory workflow diagram <name>`: a drawing of it, as text. */
export async function drawGraph(kind: Kind, name: string, options: DiagramOptions): Promise<void> {
  const { definition } = await withPlatform(options, (kernel) => definitionsOf(kernel).get(kind, name));
  const diagram =
    kind === 'workflow' ? workflowDiagram(definition as Workflow) : routerDiagram(definition as Router); // of that kind
  print((options.format === 'graphviz' ? toGraphviz(diagram) : toMermaid(diagram)).trimEnd());
}

/** `agent-factory workflow run <name> [input]`: runs it in this process and prints what it gives. */
export async function runGraph(kind: Kind, name: string, input: string, options: RunOptions): Promise<void> {
  await runTarget(
    kind === 'router' ? { router: name, input } : { workflow: name, input: parsed(input) },
    options,
  );
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const mend = 'Give JSON, in single quotes: \'{"message": "Hello"}\'.';
    throw errors.AF_CLI_INPUT_INVALID({ what: `The input "${text}"`, reason, mend }, { cause: error });
  }
}
