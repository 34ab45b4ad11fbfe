// Prints what the AsyncAPI project's own parser has against the document that is named: a JSON array.
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
const messages = document ? document.allMessages().length : 0;
console.log(JSON.stringify({ messages, diagnostics }));
