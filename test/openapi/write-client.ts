// Writes what the client knows of each operation, from the routes that all plugins serve.
import { writeFileSync } from 'node:fs';
import { clientFiles } from '../../tools/client-files.ts';
import { clientFolder } from './client-folder.ts';
import { currentDocument } from './current-document.ts';

for (const [name, text] of Object.entries(clientFiles(await currentDocument())))
  writeFileSync(new URL(name, clientFolder), text);
