// As changesets writes it, without the list of updated dependencies: all packages have one version.
const changelog = require('@changesets/cli/changelog').default

module.exports = {
  getReleaseLine: changelog.getReleaseLine,
  getDependencyReleaseLine: async () => '',
}
