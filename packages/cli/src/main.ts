import { enableCompileCache } from 'node:module';

// Before anything else is imported: later starts then skip compiling and type stripping.
enableCompileCache();
const { main } = await import('./program.ts');
await main(process.argv);
