import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { DocumentLoader } from '@agent-factory/sdk/contracts';
import { createBuiltinDocuments } from './builtin-documents.ts';
import type { BuiltinDocumentsConfig } from './config.ts';

const plugin: Plugin<BuiltinDocumentsConfig> = definePlugin<BuiltinDocumentsConfig>({
  setup(ctx) {
    for (const loader of createBuiltinDocuments(ctx.config)) ctx.contribute(DocumentLoader, loader);
  },
});

export default plugin;
