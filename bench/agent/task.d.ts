import type { JsonSchema } from '@agent-factory/sdk';

export const instructions: string;
export const toolName: string;
export const toolDescription: string;
export const toolInput: JsonSchema;
export const finalText: string;
export const calls: { tool: number };
export function weather(input: { readonly city: string }): {
  readonly city: string;
  readonly degrees: number;
  readonly sky: string;
};
