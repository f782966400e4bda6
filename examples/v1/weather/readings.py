"""Made-up temperatures of three places, one file a year and place, with an empty line here and there."""

import math
import os

MEANS = {"coast": 14.5, "hills": 9.0, "valley": 11.0}
YEARS = (2018, 2019)


def write(folder):
    """Write ``<year>/<place>.csv`` below ``folder``: a line of names, then one for each month."""
    for year in YEARS:
        os.makedirs(os.path.join(folder, str(year)), exist_ok=True)
        for place, mean in MEANS.items():
            with open(os.path.join(folder, str(year), place + ".csv"), "w") as file:
                file.write("month,degrees\n")
                for month in range(1, 13):
                    degrees = mean - 8 * math.cos((month - 1) / 6 * math.pi) + (year - 2018) / 2
                    measured = round(degrees, 1) if (place, month) != ("hills", 7) else ""
                    file.write(f"{month},{measured}\n")
                    file.write("\n" if month == 6 else "")
