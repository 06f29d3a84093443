/** Prints the slowest test files at the end of a run. */
import type { Reporter, TestModule } from "vitest/node";

const shown = 10;

export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= shown) return;
    const times = modules.map((module) => {
      const { collectDuration, duration, setupDuration } = module.diagnostic();
      return { name: `${module.relativeModuleId} (${module.project.name})`, ms: setupDuration + collectDuration + duration };
    });
    const slowest = times.sort((a, b) => b.ms - a.ms).slice(0, shown);
    process.stdout.write(`\n The ${shown} slowest files\n`);
    for (const { name, ms } of slowest) process.stdout.write(`${(ms / 1000).toFixed(1).padStart(8)} s  ${name}\n`);
  }
}
