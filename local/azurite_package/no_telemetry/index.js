// In the place of applicationinsights, of which Azurite makes no use when it runs with --disableTelemetry: that package
// brings half of what would have to be installed, and takes half of the time of every start.
