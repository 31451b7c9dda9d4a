import type { HookCaller, Logger } from '@agent-factory/sdk';
import type { beforeModel, beforeTool, LanguageModel } from '@agent-factory/sdk/contracts';

/** What the loop works with. */
export interface LoopContext {
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly beforeModel: HookCaller<typeof beforeModel>;
  readonly beforeTool: HookCaller<typeof beforeTool>;
  readonly log: Logger;
  /** Whether this process shuts down and leaves its runs to others. */
  readonly isLeaving: () => boolean;
}
