import { defineContract, type SingleContract } from '../contract.ts';
import type { ChangeCondition } from './change-condition.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ToolDefinition } from '../domain/tool.ts';

/** Tools that were registered as data. */
export interface ToolRegistration {
  /** Lower-case letters, digits, `_` and `-`, at most 40; tool names begin with it. */
  readonly name: string;
  /** How tools are made of it: `openapi`, `http`, `mcp`. */
  readonly kind: string;
  /** 1, 2, 3 …; grows with each change. */
  readonly version: number;
  /** SHA-256 of kind and spec in canonical JSON, hex. */
  readonly hash: string;
  readonly spec: JsonObject;
  /** Whether the operator's configuration has it, for all tenants it names, or it was registered while the platform ran. */
  readonly origin: 'configuration' | 'registered';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Who registered it. */
  readonly createdBy?: string;
}

/** A registration without its spec, and what it is worth now. */
export type RegisteredTools = Omit<ToolRegistration, 'spec'> & {
  /** Names of its tools; none when they cannot be had now, and then `problem` says why. */
  readonly tools: readonly string[];
  readonly problem?: string;
};

/** What to register. */
export interface RegisterRequest {
  readonly name: string;
  readonly kind: string;
  readonly spec: JsonObject;
  readonly by?: string;
  readonly signal: AbortSignal;
}

/** A tool to be tried. */
export interface TestRequest {
  readonly tool: string;
  readonly input: JsonObject;
  /** Whether a tool that changes the world may be called all the same. Default false. */
  readonly confirm?: boolean;
  readonly signal: AbortSignal;
}

/** The registrations of one tenant. */
export interface TenantToolRegistry {
  /**
   * Keeps tools as data; they can be called from then on. The same again changes nothing and gives the version there
   * is. Refuses, with every problem and its path, what makes no tools.
   */
  register(
    request: RegisterRequest,
  ): Promise<{ readonly registration: ToolRegistration; readonly tools: readonly ToolDefinition[] }>;
  /** By name. */
  list(): Promise<readonly RegisteredTools[]>;
  /** The registration as it is, or as it was at a version. */
  get(name: string, options?: { readonly version?: number }): Promise<ToolRegistration | undefined>;
  /** Every version there was, newest first, without specs. */
  versions(name: string): Promise<readonly Omit<ToolRegistration, 'spec'>[]>;
  /** Takes tools away; whether they were there. Versions are kept, so that runs of the past can be understood. */
  remove(name: string, condition?: ChangeCondition<ToolRegistration>): Promise<boolean>;
  /** Calls any tool of the tenant once, without a run; input and result are held against its schemas. */
  test(request: TestRequest): Promise<{ readonly output: Json; readonly durationMs: number }>;
}

/** Keeps tools that are registered while the platform serves. */
export interface ToolRegistry {
  /** Ways to make tools, by name. */
  kinds(): readonly { readonly kind: string; readonly description: string; readonly example: JsonObject }[];
  tenant(id: string): TenantToolRegistry;
}

/** Token of {@link ToolRegistry}. */
export const ToolRegistry: SingleContract<ToolRegistry> = defineContract<ToolRegistry>({
  id: 'tool-registry',
  version: '1.0.0',
  description: 'Keeps tools that are registered while the platform serves.',
});
