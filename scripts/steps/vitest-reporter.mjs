// Vitest's results as a step's report, retried tests named: a test that passes at a second try only is a finding.
import { relative } from 'node:path';
import { root } from '../workspace.mjs';
import { writeReport } from './report.mjs';

export default class StepReporter {
  /** @param {{ file: string }} options where the report goes */
  constructor({ file }) {
    this.file = file;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, failed: 0, skipped: 0, failures: [], retried: [] };
    for (const module of modules) {
      const where = relative(root, module.moduleId);
      for (const error of module.errors()) {
        report.failed++;
        report.failures.push(`${where}: ${firstLine(error.message)}`);
      }
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        report[state === 'pending' ? 'skipped' : state]++;
        if (state === 'failed')
          report.failures.push(`${where}: ${test.fullName}: ${firstLine(errors[0]?.message)}`);
        if (state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0)
          report.retried.push(`${where}: ${test.fullName}: ${firstLine(errors[0]?.message)}`);
      }
    }
    for (const error of unhandledErrors) {
      report.failed++;
      report.failures.push(`outside of any test: ${firstLine(error.message)}`);
    }
    writeReport(this.file, report);
  }
}

function firstLine(message = 'no message') {
  return message.split('\n')[0];
}
