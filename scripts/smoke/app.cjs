require('@alligator/conformance')
require('@alligator/core')
require('@alligator/core/testing')
require('@alligator/sqlite')
