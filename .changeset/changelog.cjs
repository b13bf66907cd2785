// A line of a changelog is what a reader of the package wants to know: the note as it was written, without the commit.
module.exports = {
  async getReleaseLine({ summary }) {
    const [first, ...rest] = summary.trim().split('\n');
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
  },

  /** All packages are released together, under one version: that one moved with another tells nobody anything. */
  async getDependencyReleaseLine() {
    return '';
  },
};
