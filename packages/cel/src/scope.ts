import type { CelType } from './cel-type.ts';
import { CelIssue } from './cel-issue.ts';
import type { Run } from './frame.ts';
import { limits } from './limits.ts';
import type { Node } from './node.ts';

/** Where a value lies among the variables: the variable, then fields and places in lists. */
export type Path = readonly [variable: string, ...inside: (string | number)[]];

/** A part of an expression: what it gives, and what runs it. */
export interface Part {
  readonly type: CelType;
  readonly run: Run;
  /** Its value, where it is always the same. */
  readonly constant?: { readonly value: unknown };
  /** Where it is read from, where it is read as it is. */
  readonly path?: Path;
}

interface Local {
  readonly name: string;
  readonly type: CelType;
  readonly slot: number;
}

/** What is known while an expression is built. */
export class Scope {
  readonly variables: Readonly<Record<string, CelType>>;
  readonly #locals: Local[] = [];
  readonly #paths = new Map<string, Path>();
  readonly #reads = new Set<string>();
  readonly #build: (node: Node, scope: Scope) => Part;
  #nodes = 0;
  #instructions = 0;

  constructor(variables: Readonly<Record<string, CelType>>, build: (node: Node, scope: Scope) => Part) {
    this.variables = variables;
    this.#build = build;
  }

  /** Nodes built so far: a measure of the work that running them is. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Names of the variables that are read. */
  get reads(): readonly string[] {
    return [...this.#reads];
  }

  /** Where everything lies that is read. */
  get paths(): readonly Path[] {
    return [...this.#paths.values()];
  }

  /** Builds a part of which only a part of the value is used. */
  build(node: Node): Part {
    this.#nodes += 1;
    return this.#build(node, this);
  }

  /** Counts the instructions of a regular expression. */
  addInstructions(count: number, at: number): void {
    this.#instructions += count;
    if (this.#instructions <= limits.instructions) return;
    throw new CelIssue(
      'The regular expressions are too large together',
      at,
      'Write smaller counts than {n,m} has, and fewer alternatives.',
    );
  }

  /** Builds a part whose value is used as it is. */
  use(node: Node): Part {
    const part = this.build(node);
    if (part.path) this.seen(part.path);
    return part;
  }

  /** Notes that what lies there is read. */
  seen(path: Path): void {
    this.#paths.set(path.join('\u0000'), path);
  }

  /** Notes that a variable is read. */
  read(variable: string): void {
    this.#reads.add(variable);
  }

  /** The name that a macro gave, the innermost first. */
  local(name: string): Local | undefined {
    return this.#locals.findLast((each) => each.name === name);
  }

  /** Builds something within which more names stand. */
  within<Built>(
    names: readonly { readonly name: string; readonly type: CelType }[],
    work: () => Built,
  ): Built {
    const before = this.#locals.length;
    for (const { name, type } of names) this.#locals.push({ name, type, slot: this.#locals.length });
    try {
      return work();
    } finally {
      this.#locals.length = before;
    }
  }

  /** Where the next names of a macro go. */
  get nextSlot(): number {
    return this.#locals.length;
  }
}
