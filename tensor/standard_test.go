package tensor

// standard is this build's default device.
func standard() *Device {
	d, err := Default()
	if err != nil {
		panic(err)
	}
	return d
}
